"""psycopg_pool: a pool crosses with its settings, without connections and threads, and opens when it is used."""

from __future__ import annotations

import inspect
import threading
from collections import Counter, deque
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed
from anypickle.registry import Reduced, recipe

_OF_AN_OPEN_ONE = {"_lock", "_sched", "_tasks", "_pool_full_event", "_sched_runner"}


@recipe(
    "psycopg_pool.base:BasePool",
    policy=Policy.FRESH,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="a pool with the same settings that connects when it is used; with a password only as 'copy'",
)
def _reduce_pool(pool: Any, policy: Policy, crossing: Crossing) -> Reduced:
    secret = _has_password(pool)
    if secret:
        must_be_allowed(pool, policy, "a password", "use a passfile or PGPASSWORD")
    state = {k: v for k, v in vars(pool).copy().items() if k not in _OF_AN_OPEN_ONE}
    opens = not pool._closed or state.pop("_check_open_getconn", None) is not None
    state.update(_closed=True, _opened=pool._opened and pool._closed, _open_implicit=False)
    state.update(_pool=deque(), _waiting=deque(), _workers=[], _stats=Counter())
    state.update(_nconns=pool._min_size, _nconns_min=pool._min_size, _growing=False)
    return _rebuild.reduced("contrib.psycopg_pool:pool", type(pool), opens, secret, state=state)


def pool(cls: type, opens: bool, secret: bool) -> Any:
    """A pool that its state fills; it opens when a connection is wanted, if the original was open."""
    made: Any = allowed(bare(cls)) if secret else bare(cls)
    if inspect.iscoroutinefunction(made.getconn):
        import asyncio

        made._lock = asyncio.Lock()
    else:
        made._lock = threading.Lock()
    made._pool_full_event = made._sched_runner = None
    if opens:

        def check_open_getconn() -> None:
            if vars(made).pop("_check_open_getconn", None) is not None:
                made._open()
            made._check_open_getconn()

        made._check_open_getconn = check_open_getconn
    return made


def _has_password(pool: Any) -> bool:
    from psycopg.conninfo import conninfo_to_dict

    given = [pool.kwargs] if isinstance(pool.kwargs, dict) else []
    if isinstance(pool.conninfo, str):
        given.append(conninfo_to_dict(pool.conninfo))
    return any(settings.get("password") is not None for settings in given)
