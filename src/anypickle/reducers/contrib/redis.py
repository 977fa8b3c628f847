"""redis: a pool of connections crosses with its settings and connects when it is used."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed
from anypickle.registry import Reduced, recipe

_CONNECTIONS = {"_available_connections": list, "_in_use_connections": set}


@recipe(
    "redis.connection:ConnectionPool",
    "redis.asyncio.connection:ConnectionPool",
    policy=Policy.FRESH,
    offers=(Policy.COPY,),
    meaning="a pool with the same settings that has made no connection; with a password only as 'copy'",
)
def _reduce_pool(pool: Any, policy: Policy, crossing: Crossing) -> Reduced:
    provider = pool.connection_kwargs.get("credential_provider")
    given = pool.connection_kwargs.get("password"), getattr(provider, "password", None)
    secret = any(given)
    if secret:
        must_be_allowed(pool, policy, "a password", "use a credential_provider that looks it up")
    state = {**vars(pool), "pid": None, "_created_connections": 0}
    # A plain object stands for a default of the connection, and is known by its identity.
    settings = {k: v for k, v in pool.connection_kwargs.items() if type(v) is not object}
    state["_connection_kwargs" if "_connection_kwargs" in state else "connection_kwargs"] = settings
    for name, kind in _CONNECTIONS.items():
        if name in state:
            state[name] = kind()
    return _rebuild.reduced("contrib.redis:pool", type(pool), secret, state=state)


def pool(cls: type, secret: bool = False) -> Any:
    """A pool that its state fills; it notices by its process that it has to begin anew."""
    made = bare(cls)
    return allowed(made) if secret else made
