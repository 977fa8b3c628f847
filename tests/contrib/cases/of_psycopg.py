"""What crosses of psycopg and its pools, and what is refused."""


def refuse_pool_with_a_password(tmp):
    import psycopg_pool

    o = psycopg_pool.ConnectionPool("host=localhost port=1 password=given-secret", open=False)
    return o, "secrets cross only"


def refuse_password_among_keywords(tmp):
    import psycopg_pool

    o = psycopg_pool.AsyncConnectionPool(kwargs={"password": "given-secret"}, open=False)
    return o, "secrets cross only"


def make_allowed(tmp):
    import psycopg_pool

    from tests.contrib.case import Case

    o = psycopg_pool.ConnectionPool("host=localhost port=1 password=given-secret", open=False)
    return Case(o, policies={psycopg_pool.ConnectionPool: "copy"})


def check_allowed(o):
    assert "given-secret" in o.conninfo and o.closed


def make_open(tmp):
    import psycopg_pool

    from tests.contrib.case import Case

    o = psycopg_pool.ConnectionPool(
        "host=localhost port=1", min_size=1, max_size=3, open=True, timeout=0.3, name="ours"
    )
    return Case((o, {"again": o}), after=o.close)


def check_open(o):
    import psycopg_pool

    pool, again = o
    assert again["again"] is pool
    assert (pool.name, pool.min_size, pool.max_size, pool.closed) == ("ours", 1, 3, True)
    try:
        with pool.connection():
            raise AssertionError("there is no server")
    except psycopg_pool.PoolTimeout:
        assert not pool.closed and pool.get_stats()["requests_num"] == 1
    finally:
        pool.close()


def make_closed(tmp):
    import psycopg_pool

    o = psycopg_pool.NullConnectionPool("host=localhost port=1", open=True)
    o.close()
    return o


def check_closed(o):
    import psycopg_pool

    try:
        o.getconn()
    except psycopg_pool.PoolClosed as error:
        assert "already closed" in str(error)


def make_async(tmp):
    import asyncio

    import psycopg_pool

    async def main():
        o = psycopg_pool.AsyncConnectionPool("host=localhost port=1", open=False, timeout=0.3)
        await o.open()
        import anypickle

        data = anypickle.dumps(o)
        await o.close()
        return data

    return asyncio.run(main())


def check_async(o):
    import asyncio

    import psycopg_pool

    import anypickle

    pool = anypickle.loads(o)

    async def main():
        try:
            await pool.getconn()
        except psycopg_pool.PoolTimeout:
            assert not pool.closed
        finally:
            await pool.close()

    asyncio.run(main())


def make_values(tmp):
    import psycopg
    from psycopg import rows, sql
    from psycopg.types.json import Jsonb

    error = psycopg.errors.UniqueViolation("twice")
    error.add_note("note")
    statement = sql.SQL("select {} from {}").format(sql.Identifier("a"), sql.Literal("b"))
    return statement, Jsonb({"a": 1}), rows.class_row(dict), rows.namedtuple_row, error


def check_values(o):
    import psycopg
    from psycopg import rows

    statement, json, row, named, error = o
    assert statement.as_string() == """select "a" from 'b'"""
    assert json.obj == {"a": 1} and callable(row) and named is rows.namedtuple_row
    assert isinstance(error, psycopg.errors.UniqueViolation) and error.sqlstate == "23505"
    assert error.__notes__ == ["note"]
