"""`multiprocessing.Pool` when a worker dies: its task fails with an error that names worker, cause and task.

Stock pools put a new worker in the place of the dead one and wait for the result for ever. Here the thread that
replaces workers first reads what the dead one had been doing (`at_work`), and that decides:

- It ran a task, or was unpickling it: the task fails, the pool goes on.
- It waited for a task, and held the lock that only one may hold who waits: the lock is released, the pool goes on.
- It sent a result: that has arrived, or nothing of it was written, or it is torn (`result_pipe` knows which).
- It was in the middle of a message: nobody can read on from there. Every task fails, and the pool takes no more. So it
  is when one after the other dies before it asks for a task, as where the initializer raises.
"""

from __future__ import annotations

import contextlib
import select
import threading
import time
from multiprocessing.pool import TERMINATE
from typing import Any

from anypickle.channels import _road
from anypickle.channels.at_work import (
    IDLE,
    READING,
    RUNNING,
    UNPICKLING,
    WAITING,
    WRITING,
    reduction_of,
    slip_of,
)
from anypickle.channels.pool_end import end, end_of, not_running
from anypickle.channels.result_pipe import ResultPipe, State
from anypickle.deaths import WorkerDiedError, obituary

__all__ = ["Road"]


class _Own(threading.local):
    """What the thread that replaces the workers of a pool works on."""

    cache: Any = None
    tasks: Any = None
    results: Any = None
    of_maps: Any = None
    """The class of a `map`'s result."""
    stillborn = 0
    """How many workers have ended, one after the other, before they asked for a task."""


_PATIENCE = 4
_SECONDS = 2.5
"""How long a lock may be held by one who has not noted it."""
_own = _Own()


class Road(_road.Road):
    """`multiprocessing.pool`, or that of a copy of multiprocessing."""

    def apply(self) -> None:
        pool = self.library.Pool
        reduction = reduction_of(self.library.__name__)
        stock_handle: Any = pool._handle_workers.__func__
        stock_results: Any = pool._handle_results
        stock_join: Any = pool._join_exited_workers
        stock_map: Any = pool._map_async
        stock_check: Any = pool._check_running

        def _handle_workers(cls: Any, cache: Any, *args: Any) -> Any:
            _own.cache = cache
            _own.tasks, _own.results = args[5:7]
            _own.of_maps = self.library.MapResult
            return stock_handle(cls, cache, *args)

        def _handle_results(queue: Any, get: Any, cache: Any) -> Any:
            cache.pipe = None
            if _is_stock(get, queue):
                cache.pipe = ResultPipe(queue._reader, reduction.ForkingPickler.loads)
                get = cache.pipe.get
            return stock_results(queue, get, cache)

        def _join_exited_workers(workers: list[Any]) -> Any:
            if _own.cache is None:
                return stock_join(workers)
            ended = [worker for worker in workers if worker.exitcode is not None]
            for worker in sorted(ended, key=_waited, reverse=True):
                _bury(worker, workers)
                workers.remove(worker)
            return stock_join(ended)  # one that ends now is told of next time

        def _map_async(
            self: Any,
            func: Any,
            iterable: Any,
            mapper: Any,
            chunksize: Any = None,
            *args: Any,
            **kwargs: Any,
        ) -> Any:
            self._check_running()
            if chunksize is None:
                # Stock divides by how many workers there are just now: none, while the only one is replaced.
                if not hasattr(iterable, "__len__"):
                    iterable = list(iterable)
                chunksize = -(-len(iterable) // (4 * self._processes))
            return stock_map(self, func, iterable, mapper, chunksize, *args, **kwargs)

        def _check_running(self: Any) -> None:
            if (error := end_of(self._cache)) is not None:
                raise not_running(error)
            stock_check(self)

        self.patches.attribute(pool, "_map_async", _map_async)
        self.patches.attribute(pool, "_check_running", _check_running)
        self.patches.attribute(pool, "_handle_workers", classmethod(_handle_workers))
        self.patches.attribute(pool, "_handle_results", staticmethod(_handle_results))
        self.patches.attribute(pool, "_join_exited_workers", staticmethod(_join_exited_workers))


def _bury(worker: Any, workers: list[Any]) -> None:
    """Tells whoever waits for the task of a worker that has ended."""
    slip = slip_of(worker)
    if slip is None:
        return
    _own.stillborn = 0 if slip.has_begun or _some_have_begun(workers) else _own.stillborn + 1
    phase, job, index, name = slip.read()
    if worker.exitcode and phase in (IDLE, RUNNING, UNPICKLING):
        _free(_own.tasks._rlock, workers, (WAITING, READING))
        _free(_own.results._wlock, workers, (WRITING,))
    if _own.stillborn >= _PATIENCE * len(workers) and _own.cache:
        said = "had not asked for a task yet, as others before it"
        _end(obituary(worker, said), workers)
    elif phase == WAITING and worker.exitcode:
        with contextlib.suppress(ValueError):
            _own.tasks._rlock.release()
    elif phase in (RUNNING, UNPICKLING) and job in _own.cache:
        doing = "was unpickling" if phase == UNPICKLING else "ran"
        task = _described(_own.cache[job], job, index, name)
        error = WorkerDiedError(obituary(worker, f"{doing} {task}"))
        _own.results.put((job, index, (False, error)))
    elif phase == WRITING and worker.exitcode:
        _settle(worker, workers, (job, index), name)
    elif phase == READING and worker.exitcode:
        _end(obituary(worker, "read a task"), workers)


def _end(said: str, workers: list[Any]) -> None:
    error = WorkerDiedError(f"{said}: the pool can't go on")
    end(error, workers, _own.cache, _own.tasks, _own.results, _own.of_maps)


def _is_stock(get: Any, queue: Any) -> bool:
    """Whether a pool's results come from a plain pipe. Pools of threads have none, others have pipes of their own."""
    function, reader = getattr(get, "__func__", None), getattr(queue, "_reader", None)
    return (
        hasattr(select, "poll")
        and function is getattr(type(reader), "recv", None)
        and get.__self__ is reader
        and type(reader).__name__ == "Connection"
    )


def _settle(worker: Any, workers: list[Any], task: tuple[int, int], name: str) -> None:
    """Looks whether what a worker died over while it sent it has arrived."""
    deadline = time.monotonic() + _SECONDS
    while not hasattr(_own.cache, "pipe") and time.monotonic() < deadline:
        time.sleep(0.005)  # the thread that reads the results is about to start
    pipe = getattr(_own.cache, "pipe", None)
    this = threading.current_thread()
    while pipe is not None and (state := pipe.state()) is not State.CLEAR:
        if state is State.TORN or this._state == TERMINATE:  # type: ignore[attr-defined]
            pipe = None
        else:
            time.sleep(0.005)
    if pipe is None:
        _end(obituary(worker, "sent a result"), workers)
        return
    with contextlib.suppress(ValueError):
        _own.results._wlock.release()
    job, index = task
    if task not in pipe.arrived and job in _own.cache:
        said = f"sent the result of {_described(_own.cache[job], job, index, name)}"
        _own.results.put((job, index, (False, WorkerDiedError(obituary(worker, said)))))


def _waited(worker: Any) -> bool:
    slip = slip_of(worker)
    return slip is not None and slip.read()[0] == WAITING


def _free(lock: Any, workers: list[Any], holding: tuple[int, ...]) -> None:
    """Releases a lock that a worker died with just before it noted that it had it, or just after."""
    deadline = time.monotonic() + _SECONDS
    while not lock.acquire(block=False):
        alive = [slip_of(worker) for worker in workers if worker.exitcode is None]
        if any(slip is None or slip.read()[0] in holding for slip in alive):
            return
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    with contextlib.suppress(ValueError):
        lock.release()


def _some_have_begun(workers: list[Any]) -> bool:
    slips = [slip_of(worker) for worker in workers if worker.exitcode is None]
    return any(slip is None or slip.has_begun for slip in slips)


def _described(result: Any, job: int, index: int, name: str) -> str:
    """A task in the words of who gave it to the pool."""
    call = f"{name}()" if name else "its task"
    size = getattr(result, "_chunksize", None)
    if size is None:
        is_one = hasattr(result, "_event")
        return f"{call}, task {job} of the pool" if is_one else f"{call}, item {index} of imap()"
    first, last = index * size, min((index + 1) * size, len(result._value)) - 1
    items = f"item {first}" if first == last else f"items {first} to {last}"
    return f"{call}, {items} of map()"
