"""`threading.Condition` and `threading.Barrier`, between threads and between processes."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from anypickle import _shm
from anypickle.shared import handles
from anypickle.shared.locks import RLock

__all__ = ["Condition"]

Result = TypeVar("Result")


class Condition:
    """`threading.Condition`. Who was killed while he waited is not notified: the next one is.

    Over a lock of `threading` it works between threads, and does not cross.
    """

    def __init__(self, lock: Any = None) -> None:
        self._bind(RLock() if lock is None else lock, _Waiters())

    def _bind(self, lock: Any, waiters: _Waiters) -> None:
        self._lock = lock
        self._waiters = waiters
        self.acquire = lock.acquire
        self.release = lock.release
        for name in ("_release_save", "_acquire_restore", "_is_owned"):
            if hasattr(lock, name):  # a recursive lock knows more than the methods below
                setattr(self, name, getattr(lock, name))

    def __reduce__(self) -> tuple[Any, ...]:
        if not isinstance(self._lock, _shm.Lock | _shm.RLock):
            raise TypeError(
                f"cannot pickle a Condition over {self._lock!r}, which is private to this process: "
                "make it with anypickle.Lock() or anypickle.RLock()"
            )
        return _rebuild_condition, (type(self), self._lock, self._waiters)

    def __enter__(self) -> bool:
        entered: bool = self._lock.__enter__()
        return entered

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.__exit__(kind, error, traceback)

    def __repr__(self) -> str:
        return f"<anypickle.{type(self).__name__}({self._lock!r}, {self._waiters.waiting()})>"

    def locked(self) -> bool:
        """True while anybody has the lock."""
        locked: bool = self._lock.locked()
        return locked

    def _is_owned(self) -> bool:
        return self.locked()

    def _release_save(self) -> Any:
        self._lock.release()

    def _acquire_restore(self, depth: Any) -> None:
        self._lock.acquire()

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()

    def wait(self, timeout: float | None = None) -> bool:
        """Gives the lock up, waits to be notified, takes the lock again; False if the time was over first."""
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        place = self._waiters.enter()
        depth = self._release_save()
        waiting = True
        try:
            notified = self._waiters.wait(place, timeout)
            waiting = False
            return notified
        finally:
            if waiting and self._waiters.leave(place):
                self._waiters.notify(1)  # it was meant for somebody who goes on
            self._acquire_restore(depth)

    def wait_for(self, predicate: Callable[[], Result], timeout: float | None = None) -> Result:
        """Waits until `predicate()` is true, and returns what it returned last."""
        end = None if timeout is None else time.monotonic() + timeout
        result = predicate()
        while not result:
            rest = None if end is None else end - time.monotonic()
            if rest is not None and rest <= 0:
                break
            self.wait(rest)
            result = predicate()
        return result

    def notify(self, n: int = 1) -> None:
        """Wakes `n` of those who wait, the longest waiting first."""
        if not self._is_owned():
            raise RuntimeError("cannot notify on un-acquired lock")
        self._waiters.notify(n)

    def notify_all(self) -> None:
        """Wakes all who wait."""
        self.notify(1 << 20)

    def notifyAll(self) -> None:
        """The old name of `notify_all`."""
        warnings.warn(
            "notifyAll() is deprecated, use notify_all() instead", DeprecationWarning, stacklevel=2
        )
        self.notify_all()


class _Waiters(_shm.Waiters):
    """The list that a condition sleeps on."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return handles.reduce(self)


class _Numbers(_shm.Numbers):
    """A few integers that all processes see."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return handles.reduce(self)


def _rebuild_condition(kind: type[Condition], lock: Any, waiters: _Waiters) -> Condition:
    condition = kind.__new__(kind)
    condition._bind(lock, waiters)
    return condition
