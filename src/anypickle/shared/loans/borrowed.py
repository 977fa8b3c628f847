"""The side that asks: objects with the methods of `threading`'s and `queue`'s, each call of which goes home."""

from __future__ import annotations

import os
import queue
import socket
import threading
import warnings
from multiprocessing import connection
from typing import Any

from anypickle.policy import OwnerDiedWarning
from anypickle.shared.errors import GoneError
from anypickle.shared.loans.door import at_home
from anypickle.shared.loans.line import CANCEL, FOREVER

__all__ = ["borrow", "stand_in"]


class _Lines(threading.local):
    """This thread's lines, by address. A child that was forked makes its own."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.wires: dict[str, connection.Connection] = {}


_lines = _Lines()


def _line(address: str, key: bytes) -> connection.Connection:
    if _lines.pid != os.getpid():
        for wire in _lines.wires.values():
            wire.close()  # the parent's, which goes on using its own
        _lines.__init__()  # type: ignore[misc]
    if address not in _lines.wires:
        with socket.socket(socket.AF_UNIX) as dialled:
            dialled.connect(address)
            wire = connection.Connection(dialled.detach())
        connection.answer_challenge(wire, key)
        connection.deliver_challenge(wire, key)
        _lines.wires[address] = wire
    return _lines.wires[address]


class _Borrowed:
    """Asks the process that made the object."""

    _loan: tuple[str, str, bytes, int]

    def _ask(self, method: str, *arguments: Any, seconds: float | None = None) -> Any:
        kind, address, key, number = self._loan
        try:
            wire = _line(address, key)
            wire.send((number, method, arguments, seconds))
            try:
                good, value, died = wire.recv()
            except (EOFError, OSError):
                raise
            except BaseException:
                wire.send(CANCEL)
                _lines.wires.pop(address).close()
                raise
        except (EOFError, OSError) as error:
            _lines.wires.pop(address, None)
            raise GoneError(f"the process that made this {kind} is gone") from error
        if not good:
            raise value
        if died:
            warnings.warn(
                f"process {died} died while it held this {kind}; what it guards may be half-written",
                OwnerDiedWarning,
                stacklevel=4,
            )
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        return borrow, self._loan

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        raise TypeError(f"cannot copy a {self._loan[0]} that belongs to another process")

    def __repr__(self) -> str:
        return f"<{self._loan[0]} of another process>"

    def _at_fork_reinit(self) -> None:
        """Nothing to do: it is at home that it is held."""


class Lock(_Borrowed):
    """`threading.Lock` and `threading.RLock`."""

    def acquire(self, blocking: bool = True, timeout: float | None = -1) -> bool:
        acquired: bool = self._ask("acquire", seconds=_seconds(blocking, timeout))
        return acquired

    def release(self) -> None:
        self._ask("release")

    def locked(self) -> bool:
        locked: bool = self._ask("locked")
        return locked

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *error: Any) -> None:
        self.release()


class RLock(Lock):
    """`threading.RLock`: home knows the thread by its line."""

    def _is_owned(self) -> bool:
        owned: bool = self._ask("_is_owned")
        return owned


class Condition(_Borrowed, threading.Condition):
    """`threading.Condition`."""

    acquire = Lock.acquire
    release = Lock.release
    __enter__ = Lock.__enter__
    __exit__ = Lock.__exit__

    def wait(self, timeout: float | None = None) -> bool:
        notified: bool = self._ask("wait", timeout)
        return notified

    def notify(self, n: int = 1) -> None:
        self._ask("notify", n)

    def notify_all(self) -> None:
        self._ask("notify_all")


class Event(_Borrowed, threading.Event):
    """`threading.Event`."""

    def is_set(self) -> bool:
        is_set: bool = self._ask("is_set")
        return is_set

    def set(self) -> None:
        self._ask("set")

    def clear(self) -> None:
        self._ask("clear")

    def wait(self, timeout: float | None = None) -> bool:
        was_set: bool = self._ask("wait", seconds=_seconds(True, timeout))
        return was_set


class Semaphore(_Borrowed, threading.Semaphore):
    """`threading.Semaphore`."""

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        acquired: bool = self._ask("acquire", seconds=_seconds(blocking, timeout))
        return acquired

    def release(self, n: int = 1) -> None:
        self._ask("release", n)

    __enter__ = acquire

    def __exit__(self, *error: Any) -> None:
        self.release()


class BoundedSemaphore(Semaphore, threading.BoundedSemaphore):
    """`threading.BoundedSemaphore`."""


class Barrier(_Borrowed, threading.Barrier):
    """`threading.Barrier`; its action runs at home."""

    def wait(self, timeout: float | None = None) -> int:
        place: int = self._ask("wait", timeout)
        return place

    def reset(self) -> None:
        self._ask("reset")

    def abort(self) -> None:
        self._ask("abort")

    @property
    def parties(self) -> int:
        return int(self._ask("__getattribute__", "parties"))

    @property
    def n_waiting(self) -> int:
        return int(self._ask("__getattribute__", "n_waiting"))

    @property
    def broken(self) -> bool:
        return bool(self._ask("__getattribute__", "broken"))


class SimpleQueue(_Borrowed):
    """`queue.SimpleQueue`."""

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        self._ask("put", item, seconds=_seconds(block, timeout))

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        return self._ask("get", seconds=_seconds(block, timeout))

    def put_nowait(self, item: Any) -> None:
        self.put(item, False)

    def get_nowait(self) -> Any:
        return self.get(False)

    def qsize(self) -> int:
        size: int = self._ask("qsize")
        return size

    def empty(self) -> bool:
        empty: bool = self._ask("empty")
        return empty


class Queue(SimpleQueue, queue.Queue[Any]):
    """A subclass of `queue.Queue` with an order of its own. Its other methods stay at home."""

    def full(self) -> bool:
        full: bool = self._ask("full")
        return full

    def task_done(self) -> None:
        self._ask("task_done")

    def join(self) -> None:
        self._ask("join")

    def shutdown(self, immediate: bool = False) -> None:
        self._ask("shutdown", immediate)

    @property
    def maxsize(self) -> int:  # type: ignore[override]
        return int(self._ask("__getattribute__", "maxsize"))

    @property
    def unfinished_tasks(self) -> int:  # type: ignore[override]
        return int(self._ask("__getattribute__", "unfinished_tasks"))


_KINDS: dict[str, type[_Borrowed]] = {
    kind.__name__: kind
    for kind in (
        Lock,
        RLock,
        Condition,
        Event,
        Semaphore,
        BoundedSemaphore,
        Barrier,
        SimpleQueue,
        Queue,
    )
}


def borrow(kind: str, address: str, key: bytes, number: int) -> Any:
    """The object that another process lent, or what this one lent itself; nothing is opened before it is used."""
    own = at_home(address, number)
    return stand_in(kind, address, key, number) if own is None else own


def stand_in(kind: str, address: str, key: bytes, number: int) -> Any:
    """What another process is to have in the place of the object, such as a child that is about to be forked."""
    borrowed = object.__new__(_KINDS[kind])
    borrowed._loan = (kind, address, key, number)
    return borrowed


def _seconds(blocking: bool, timeout: float | None) -> float:
    """How long a call may wait, with the complaints of `threading`."""
    if not blocking:
        if timeout not in (None, -1):
            raise ValueError("can't specify a timeout for a non-blocking call")
        return 0
    if timeout is None or timeout == -1:
        return FOREVER
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    return timeout
