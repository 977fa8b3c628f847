"""httpx and those made after it: clients cross with their settings and a pool that holds no connection."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed, secret_headers
from anypickle.registry import Reduced

__all__ = ["client", "pool", "reduce_client", "reduce_pool"]


def reduce_client(obj: Any, policy: Policy) -> Reduced:
    """Reduces a client: what its owner has set goes along, an identity only where that is allowed."""
    what = "the auth that it was given" if obj._auth is not None else ""
    what = what or secret_headers(obj._headers)
    if what:
        must_be_allowed(obj, policy, what, "make the client on the other side")
    return _rebuild.reduced(
        "contrib._http_clients:client", type(obj), bool(what), state={**vars(obj)}
    )


def client(cls: type, secret: bool) -> Any:
    """A client that its state fills."""
    made = bare(cls)
    return allowed(made) if secret else made


def reduce_pool(obj: Any) -> Reduced:
    """Reduces a pool of connections."""
    state = {**vars(obj), "_connections": [], "_requests": []}
    return _rebuild.reduced("contrib._http_clients:pool", type(obj), state=state)


def pool(cls: type) -> Any:
    """A pool that its state fills."""
    return bare(cls)
