"""SQLAlchemy: an engine crosses with its settings and a pool that holds no connection."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

_PASSWORDS = frozenset({"password", "passwd", "token", "sslpassword"})
_IN_MEMORY = (None, "", ":memory:")


@recipe(
    "sqlalchemy.engine.base:Engine",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="an engine with the same settings whose pool holds no connection; with a password only as 'copy'",
)
def _reduce_engine(engine: Any, policy: Policy, crossing: Crossing) -> Reduced:
    secret = _secret_of(engine)
    if secret:
        must_be_allowed(engine, policy, secret, "make the engine on the other side")
    if engine.dialect.name == "sqlite" and engine.url.database in _IN_MEMORY:
        refuse(
            engine,
            "its database is in the memory of this process",
            hint="use a file, or pass the sqlite3 connection, which crosses with its contents",
        )
    state = {**vars(engine), "pool": engine.pool.recreate()}
    return _rebuild.reduced("contrib.sqlalchemy:engine", type(engine), bool(secret), state=state)


def _secret_of(engine: Any) -> str:
    if engine.url.password is not None:
        return "the password of its URL"
    for cell in getattr(engine.pool._creator, "__closure__", None) or ():
        try:
            arguments = cell.cell_contents
        except ValueError:  # not filled
            continue
        if isinstance(arguments, dict) and not _PASSWORDS.isdisjoint(arguments):
            return "a password among its connect_args"
    return ""


def engine(cls: type, secret: bool = False) -> Any:
    """An engine that its state fills."""
    made = bare(cls)
    return allowed(made) if secret else made


@recipe(
    "sqlalchemy.engine.base:Connection",
    "sqlalchemy.pool.base:_ConnectionFairy",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it belongs to a transaction of this process: pass the engine, and connect on the other side",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")


@recipe(
    "sqlalchemy.engine.result:Result",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it reads on from a cursor of this process: pass the rows, result.all()",
)
def _refused_result(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")


@recipe(
    "sqlalchemy.orm.mapper:Mapper",
    policy=Policy.REFUSE,
    meaning="a mapped class can't cross by value: define it in a module that both sides import",
)
def _refused_mapper(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
