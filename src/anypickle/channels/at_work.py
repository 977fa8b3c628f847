"""What a worker of a pool is doing, noted where its parent can read it after the worker's death.

A worker that is killed says nothing, so each has a slip of shared memory. Its parent makes it before the worker starts;
the worker writes its task on it and wipes it when the result is sent. That costs a microsecond for each task, no
message and no thread. Who reads the slips: `pool_deaths` and `executor_deaths`.

The worker of a `multiprocessing.Pool` also notes when it holds a lock of the pool's queues: killed as it waits for a
task, it would keep the others from theirs for ever.
"""

from __future__ import annotations

import importlib
import select
import struct
import sys
import weakref
from typing import Any

from anypickle.channels.undeliverable import first_numbers, stand_in, tell, unreadable

__all__ = ["WORKERS", "Slip", "is_worker", "reduction_of", "slip_of", "watch"]

WORKERS = {
    "multiprocessing.pool": "worker",
    "multiprocess.pool": "worker",
    "concurrent.futures.process": "_process_worker",
    "loky.process_executor": "_process_worker",
    "joblib.externals.loky.process_executor": "_process_worker",
}
"""The functions that workers run."""

IDLE, WAITING, READING, UNPICKLING, RUNNING, WRITING = range(6)
"""Nothing, holding the lock of the tasks; taking one; having its bytes; running it; holding the lock of the results."""

_SIZE = 512
_HEAD = struct.Struct("<BqqH")
"""Phase, number, index, length of the text."""
_MOST = _SIZE - _HEAD.size


class Slip:
    """Shared memory of one worker: a phase, the task's number and index, and a name or the first bytes of the task."""

    def __init__(self, memory: Any) -> None:
        self._memory = memory
        self._view = memoryview(memory)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._memory,)

    def phase(self, phase: int) -> None:
        """Notes a phase."""
        self._view[0] = phase

    def note(self, phase: int, job: int, index: int, text: bytes) -> None:
        """Notes a task."""
        text = text[:_MOST]
        self._view[_HEAD.size : _HEAD.size + len(text)] = text
        _HEAD.pack_into(self._view, 0, phase, job, index, len(text))

    @property
    def has_begun(self) -> bool:
        """Whether the worker has come to wait for a task, or has had one."""
        return any(self._view[: _HEAD.size])

    def read(self) -> tuple[int, int, int, str]:
        """The phase, and the task's number, index and function where they are known (else -1, -1, "")."""
        phase, job, index, size = _HEAD.unpack_from(self._view)
        text = bytes(self._view[_HEAD.size : _HEAD.size + size])
        if phase == UNPICKLING:
            number, index = [*first_numbers(text), -1, -1][:2]
            return phase, number, index, ""
        return phase, job, index, text.decode(errors="replace")


# --- the parent -------------------------------------------------------------------------------------------------

_slips: weakref.WeakKeyDictionary[Any, Slip] = weakref.WeakKeyDictionary()


def is_worker(target: Any) -> bool:
    """Whether a function is what the workers of a pool run."""
    module = getattr(target, "__module__", None)
    return module in WORKERS and target is _stock(module) and hasattr(select, "poll")


def watch(process: Any) -> None:
    """Gives a worker that is about to start a slip.

    Where there is no shared memory it works without.
    """
    from anypickle.shared.arrays import SharedBuffer

    try:
        slip = Slip(SharedBuffer(bytes(_SIZE)))
    except (OSError, MemoryError):
        return
    _slips[process] = slip
    target = process._target
    run = _in_pool if WORKERS[target.__module__] == "worker" else _in_executor
    process._target, process._args = run, (slip, target.__module__, *process._args)


def slip_of(process: Any) -> Slip | None:
    """The slip of a worker."""
    return _slips.get(process)


# --- the worker -------------------------------------------------------------------------------------------------


def _stock(module: str) -> Any:
    return getattr(importlib.import_module(module), WORKERS[module])


def _in_pool(slip: Slip, module: str, tasks: Any, results: Any, *rest: Any) -> None:
    pickler = reduction_of(module).ForkingPickler
    noting = _PoolResults(slip, results, pickler)
    _stock(module)(_PoolTasks(slip, tasks, noting, pickler), noting, *rest)


def reduction_of(module: str) -> Any:
    """The module `reduction` of the copy of multiprocessing that a module belongs to."""
    return importlib.import_module(f"{module.partition('.')[0]}.reduction")


def _in_executor(slip: Slip, module: str, tasks: Any, results: Any, *rest: Any) -> None:
    noting = _ExecutorResults(slip, results)
    item = sys.modules[module]._ResultItem
    _stock(module)(_ExecutorTasks(slip, tasks, noting, item), noting, *rest)


class _Noting:
    """A queue that notes what goes through it; all the rest is the queue's own."""

    def __init__(self, slip: Slip, queue: Any) -> None:
        self._slip = slip
        self._queue = queue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


class _PoolTasks(_Noting):
    def __init__(self, slip: Slip, queue: Any, results: _PoolResults, pickler: Any) -> None:
        super().__init__(slip, queue)
        self._results, self._pickler = results, pickler
        self._poll = select.poll()
        self._poll.register(queue._reader.fileno(), select.POLLIN)

    def get(self) -> Any:
        slip = self._slip
        while True:
            with self._queue._rlock:
                slip.phase(WAITING)
                self._poll.poll()
                slip.phase(READING)
                data = self._queue._reader.recv_bytes()
                slip.note(UNPICKLING, -1, -1, data[:_MOST])
            try:
                task = self._pickler.loads(data)
            except Exception as error:
                _, job, index, _ = slip.read()
                if job < 0 or index < 0:
                    raise
                self._results.put((job, index, (False, unreadable(error, "task"))))
                continue
            if task is not None:
                job, index, function, args, _ = task
                slip.note(RUNNING, job, index, _name(function, args))
            return task


class _PoolResults(_Noting):
    _blocker: Exception | None = None
    """Why the last result could not be pickled."""

    def __init__(self, slip: Slip, queue: Any, pickler: Any) -> None:
        super().__init__(slip, queue)
        self._pickler = pickler

    def put(self, obj: Any) -> None:
        job, index, (success, value) = obj
        if self._blocker is not None:
            tell(self._blocker, value)  # a MaybeEncodingError
            self._blocker = None
        try:
            self._send(obj)
        except BrokenPipeError:
            raise
        except Exception as blocker:
            if success:
                self._blocker = blocker
                raise  # the worker sends that
            self._send((job, index, (False, stand_in(value, blocker))))

    def _send(self, obj: Any) -> None:
        slip, queue = self._slip, self._queue
        send, message = getattr(queue, "_send", None), obj  # joblib's, which pickles in its own way
        if send is None:
            send, message = queue._writer.send_bytes, self._pickler.dumps(obj)
        with queue._wlock:
            slip.phase(WRITING)
            try:
                send(message)
            finally:
                slip.phase(IDLE)


class _ExecutorTasks(_Noting):
    def __init__(self, slip: Slip, queue: Any, results: _ExecutorResults, item: Any) -> None:
        super().__init__(slip, queue)
        self._results, self._result_item = results, item
        receive = queue._recv_bytes

        def receive_noting(*args: Any) -> Any:
            data = receive(*args)
            slip.note(UNPICKLING, -1, -1, data[:_MOST])
            return data

        queue._recv_bytes = receive_noting

    def get(self, *args: Any, **options: Any) -> Any:
        while True:
            self._slip.phase(WAITING)
            try:
                item = self._queue.get(*args, **options)
            except Exception as error:
                phase, task, _, _ = self._slip.read()
                if phase != UNPICKLING or task < 0:
                    raise
                failed = self._result_item(task, exception=unreadable(error, "task"))
                self._results.put(failed)
                continue
            if item is not None:
                self._slip.note(RUNNING, item.work_id, 0, _name(item.fn, item.args))
            return item


class _ExecutorResults(_Noting):
    def put(self, obj: Any) -> None:
        self._slip.phase(WRITING)
        try:
            self._queue.put(obj)
        except Exception as blocker:
            if getattr(obj, "exception", None) is None or isinstance(blocker, BrokenPipeError):
                raise  # the worker sends that
            obj.exception = stand_in(obj.exception, blocker)
            self._queue.put(obj)
        finally:
            self._slip.phase(IDLE)


_CARRIERS = {"mapstar", "starmapstar", "_process_chunk", "_helper_reraises_exception"}


def _name(function: Any, args: Any) -> bytes:
    """What a task calls; the functions in which pools send several calls at once are looked through."""
    name = getattr(function, "__qualname__", None)
    if name is None and hasattr(function, "func"):  # a partial
        return _name(function.func, getattr(function, "args", ()))
    batch = getattr(function, "items", None)
    if name is None and isinstance(batch, list) and batch:  # joblib's, of (function, args, kwargs)
        return _name(batch[0][0], ())
    if name in _CARRIERS and args:
        inner = args[0][0] if isinstance(args[0], tuple) and args[0] else args[0]
        return _name(inner, ())
    return str(name or type(function).__qualname__).encode()
