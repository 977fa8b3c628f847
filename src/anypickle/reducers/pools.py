"""multiprocessing's pools: a new one with the same settings, which starts its workers when it is first used.

An object that keeps its pool in an attribute can so send its own methods to that very pool. A worker of a pool may
have no children (`multiprocessing.Process.daemon`): there the first use raises what multiprocessing raises.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare, rest
from anypickle.registry import Reduced, recipe

if TYPE_CHECKING:
    from multiprocessing.pool import Pool

_OWN = frozenset(
    {"_pool", "_state", "_ctx", "_inqueue", "_outqueue", "_quick_put", "_quick_get", "_taskqueue"}
    | {"_change_notifier", "_cache", "_maxtasksperchild", "_initializer", "_initargs", "_processes"}
    | {"_worker_handler", "_task_handler", "_result_handler", "_terminate"}
)


@recipe(
    "multiprocessing.pool:Pool",
    policy=Policy.FRESH,
    subclasses=True,
    meaning="a pool with the same settings that starts its workers when it is first used; its work stays here",
)
def _reduce_pool(pool: Any, policy: Policy, crossing: Crossing) -> Reduced:
    from multiprocessing.pool import INIT, RUN

    return _rebuild.reduced(
        "pools:pool",
        _stock_class(type(pool)),
        pool._processes,
        pool._maxtasksperchild,
        pool._ctx.get_start_method(),
        pool._state not in (INIT, RUN),
        state=rest(pool, _OWN.difference({"_initializer", "_initargs"})),
    )


def pool(
    cls: type, processes: int, tasks_per_worker: int | None, method: str, is_closed: bool
) -> Any:
    """A pool without workers; its state brings the initializer."""
    import multiprocessing
    from multiprocessing.pool import CLOSE, INIT

    made = bare(_waiting_class(cls))
    vars(made).update(
        _pool=[],
        _state=CLOSE if is_closed else INIT,
        _processes=processes,
        _maxtasksperchild=tasks_per_worker,
        _ctx=multiprocessing.get_context(method),
    )
    return made


def _stock_class(kind: type) -> type:
    """The class of a pool, whether its workers have started or not."""
    return kind.__mro__[2] if issubclass(kind, _Waiting) else kind


class _Waiting:
    """What a pool does otherwise until it is used."""

    def _check_running(self: Any) -> None:
        """Every method that gives it work asks this first."""
        from multiprocessing.pool import INIT, Pool

        if self._state == INIT:
            _start(self)
        Pool._check_running(self)  # type: ignore[attr-defined]

    def close(self: Any) -> None:
        """Takes no work any more."""
        from multiprocessing.pool import CLOSE

        self._state = CLOSE

    def terminate(self: Any) -> None:
        """Takes no work any more; there is nobody to be stopped."""
        from multiprocessing.pool import TERMINATE

        self._state = TERMINATE

    def join(self: Any) -> None:
        """Nobody to wait for, if it is closed."""
        from multiprocessing.pool import INIT

        if self._state == INIT:
            raise ValueError("Pool is still running")


def _start(waiting: Pool) -> None:
    """Makes a waiting pool one that runs; if that fails, it waits on."""
    from multiprocessing.pool import Pool

    before: Any = dict(vars(waiting))
    kind = type(waiting)
    waiting.__class__ = _stock_class(kind)
    try:
        Pool.__init__(
            waiting,
            before["_processes"],
            before["_initializer"],
            before["_initargs"],
            before["_maxtasksperchild"],
            before["_ctx"],
        )
    except BaseException:
        waiting.__class__ = kind
        vars(waiting).clear()
        vars(waiting).update(before)
        raise


@functools.cache
def _waiting_class(cls: type) -> type:
    return type(
        cls.__name__, (_Waiting, cls), {"__module__": cls.__module__, "__doc__": cls.__doc__}
    )
