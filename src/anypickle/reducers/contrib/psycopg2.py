"""psycopg2: pools are made again and connect when they are used; connections belong to their process."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed
from anypickle.registry import Reduced, recipe


@recipe(
    "psycopg2.pool:AbstractConnectionPool",
    policy=Policy.FRESH,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="a pool with the same settings that has made no connection; with a password only as 'copy'",
)
def _reduce_pool(pool: Any, policy: Policy, crossing: Crossing) -> Reduced:
    from psycopg2.extensions import parse_dsn

    secret = "password" in pool._kwargs or any("password" in parse_dsn(a) for a in pool._args if a)
    if secret:
        must_be_allowed(pool, policy, "a password", "use a passfile or PGPASSWORD")
    state = {**vars(pool), "_pool": [], "_used": {}, "_rused": {}}
    return _rebuild.reduced("contrib.psycopg2:pool", type(pool), secret, state=state)


def pool(cls: type, secret: bool) -> Any:
    """A pool that its state fills."""
    made = bare(cls)
    return allowed(made) if secret else made


@recipe(
    "psycopg2.extensions:connection",
    "psycopg2.extensions:cursor",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it belongs to the process that opened it: pass the settings, and connect on the other side",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
