"""What crosses of sqlalchemy, and what is refused."""

from tests.contrib.case import Case


def make_file(tmp):
    import sqlalchemy as sa

    e = sa.create_engine(f"sqlite:///{tmp}/data.db", echo=False, pool_pre_ping=True)
    with e.begin() as c:
        c.execute(sa.text("create table t (a int)"))
        c.execute(sa.text("insert into t values (5)"))
    from sqlalchemy.orm import Session, declarative_base, scoped_session, sessionmaker

    S = sessionmaker(e)
    o = (e, S, sa.MetaData(), scoped_session(S))
    return o


def check_file(o):
    import sqlalchemy as sa

    with o[0].connect() as c:
        assert c.execute(sa.text("select a from t")).scalar() == 5
    with o[1]() as s:
        assert s.execute(sa.text("select a from t")).scalar() == 5
    assert o[3].execute(sa.text("select a from t")).scalar() == 5


def refuse_password(tmp):
    import sqlalchemy as sa

    o = sa.create_engine(
        "postgresql+psycopg2://u:given-secret@localhost/db",
        pool_size=3,
        connect_args={"connect_timeout": 2},
    )
    return o, "secrets cross only"


def make_password_allowed(tmp):
    import sqlalchemy as sa

    o = sa.create_engine(
        "postgresql+psycopg2://u:given-secret@localhost:1/db",
        pool_size=3,
        max_overflow=1,
        connect_args={"connect_timeout": 2},
        isolation_level="SERIALIZABLE",
    )
    policies = {sa.Engine: "copy"}
    return Case(o, policies=policies)


def check_password_allowed(o):
    import sqlalchemy as sa

    assert o.url.password == "given-secret" and o.pool.size() == 3
    try:
        o.connect()
    except sa.exc.OperationalError as e:
        assert "refused" in str(e), e


def make_no_password(tmp):
    import sqlalchemy as sa

    o = sa.create_engine("postgresql+psycopg2://u@localhost:1/db", pool_size=3)
    return o


def check_no_password(o):
    import sqlalchemy as sa

    try:
        o.connect()
    except sa.exc.OperationalError:
        pass


def refuse_connect_args_password(tmp):
    import sqlalchemy as sa

    o = sa.create_engine(
        "postgresql+psycopg2://u@localhost/db", connect_args={"password": "given-secret"}
    )
    return o, "secrets cross only"


def make_session(tmp):
    import sqlalchemy as sa
    from sqlalchemy.orm import Session

    e = sa.create_engine(f"sqlite:///{tmp}/data2.db")
    o = Session(e)
    return o


def check_session(o):
    import sqlalchemy as sa

    assert o.execute(sa.text("select 1")).scalar() == 1


def make_orm_rows(tmp):
    import sqlalchemy as sa

    e = sa.create_engine(f"sqlite:///{tmp}/data3.db")
    with e.connect() as c:
        rows = c.execute(sa.text("select 1 as a, 'x' as b")).all()
    o = (
        rows,
        sa.select(sa.column("a")),
        sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True)),
    )
    return o


def check_orm_rows(o):
    assert o[0][0].a == 1 and "SELECT" in str(o[1]) and o[2].c.id.primary_key


def refuse_mapped_class_by_value(tmp):
    import sqlalchemy as sa
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    o = User(id=1, name="x")
    return o, "define it in a module"


def refuse_result(tmp):
    import sqlalchemy as sa

    engine = sa.create_engine("sqlite:///result.db")
    return engine.connect().execute(sa.text("select 1")), "pass the rows"


def make_error(tmp):
    import sqlalchemy as sa

    o = sa.exc.IntegrityError("insert", {"a": 1}, ValueError("twice"))
    o.add_note("a note")
    o.__cause__ = KeyError("k")
    return o


def check_error(o):
    assert (o.statement, o.params, repr(o.orig)) == ("insert", {"a": 1}, "ValueError('twice')")
    assert o.__notes__ == ["a note"] and type(o.__cause__) is KeyError
