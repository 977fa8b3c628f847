"""What crosses of psycopg2, and what is refused."""


def refuse_refused(tmp):
    import psycopg2
    import psycopg2.pool

    o = psycopg2.pool.ThreadedConnectionPool(0, 2, "host=localhost port=1 password=given-secret")
    return o, "secrets cross only"


def make_pool_no_secret(tmp):
    import psycopg2
    import psycopg2.pool

    o = psycopg2.pool.ThreadedConnectionPool(0, 2, "host=localhost port=1")
    return o


def check_pool_no_secret(o):
    import psycopg2

    try:
        o.getconn()
    except psycopg2.OperationalError:
        pass
