"""The end of a `multiprocessing.Pool` that can't go on: every task fails, and whoever comes later is told why.

    end(error, workers, cache, tasks, results, of_maps)     # by the thread that replaces workers
    end_of(pool._cache)                                     # the error, or None as long as the pool runs

A task that is given to the pool at the same moment is told as well: a result enters the cache before its task is sent,
and from the first step on the cache takes no more of them.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from multiprocessing.pool import TERMINATE
from pathlib import Path
from typing import Any

from anypickle.deaths import WorkerDiedError

__all__ = ["end", "end_of", "not_running"]

_SECONDS = 1.0
"""How long a result may be in the making."""


def end_of(cache: Any) -> WorkerDiedError | None:
    """Why the pool of this cache has ended, if it has."""
    return getattr(cache, "error", None)


def not_running(error: WorkerDiedError) -> ValueError:
    """What stock pools raise when they have ended, with the reason."""
    said = ValueError(f"Pool not running: {error}")
    said.__cause__ = error
    return said


def end(
    error: WorkerDiedError, workers: list[Any], cache: Any, tasks: Any, results: Any, of_maps: type
) -> None:
    """Fails every task, stops every worker, and lets the pool's other threads come to their end.

    `tasks` and `results` are the queues to and from the workers, `of_maps` is the class of the results of `map`.
    """
    _close(cache, error)
    threading.current_thread()._state = TERMINATE  # type: ignore[attr-defined]
    waiting = list(cache.values())
    for pool in {id(r._pool): r._pool for r in waiting if r._pool is not None}.values():
        pool._state = TERMINATE
    for worker in workers:
        if worker.exitcode is None:
            worker.kill()
    for worker in workers:
        worker.join()
    # The last writer of the results is this process: without it, whoever waits for the rest of a message sees the end.
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), results._writer.fileno())
    for lock in (tasks._rlock, results._wlock):
        lock.acquire(block=False)
        lock.release()
    for result in waiting:
        with contextlib.suppress(Exception):  # a callback of the user's
            _fail(result, error, of_maps)


def _close(cache: Any, error: WorkerDiedError) -> None:
    """From here on, what enters the cache raises."""

    def refuse(self: Any, job: int, result: Any) -> None:
        raise not_running(error)

    cache.error = error
    cache.__class__ = type("_Closed", (type(cache),), {"__setitem__": refuse})


def _fail(result: Any, error: WorkerDiedError, of_maps: Any) -> None:
    if isinstance(result, of_maps):
        deadline = time.monotonic() + _SECONDS
        while not hasattr(result, "_number_left") and time.monotonic() < deadline:
            time.sleep(0.001)  # it enters the cache before it is whole
        result._number_left = 1
    if hasattr(result, "_set_length"):
        result._set(result._index, (False, error))
        result._set_length(result._index)
    else:
        result._set(0, (False, error))
