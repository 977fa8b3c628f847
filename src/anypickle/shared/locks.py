"""`threading`'s locks, events and semaphores, between threads and between processes."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from anypickle import _shm
from anypickle.shared import handles

__all__ = ["BoundedSemaphore", "Event", "Lock", "RLock", "Semaphore"]


class Lock(_shm.Lock):
    """`threading.Lock`. A lock whose owner died is handed on, with an `OwnerDiedWarning`."""

    __slots__ = ("__weakref__",)

    def __reduce__(self) -> tuple[Any, ...]:
        return handles.reduce(self)


class RLock(_shm.RLock):
    """`threading.RLock`: the thread that has it may take it again."""

    __slots__ = ("__weakref__",)

    def __reduce__(self) -> tuple[Any, ...]:
        return handles.reduce(self)


class Event(_shm.Event):
    """`threading.Event`."""

    __slots__ = ("__weakref__",)

    isSet = _shm.Event.is_set

    def __repr__(self) -> str:
        return f"<anypickle.{type(self).__name__} at {id(self):#x}: {'set' if self.is_set() else 'unset'}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return handles.reduce(self)

    def _at_fork_reinit(self) -> None:
        """Nothing to do: what a fork copies is the handle."""


class Semaphore(_shm.Semaphore):
    """`threading.Semaphore`. A permit that a process took and did not give back before it died stays taken."""

    __slots__ = ("__weakref__",)

    _bounded = False

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Takes one, waiting at most `timeout` seconds; False if there was none."""
        if not blocking:
            if timeout is not None:
                raise ValueError("can't specify timeout for non-blocking acquire")
            timeout = 0
        return self._acquire(timeout)

    def release(self, n: int = 1) -> None:
        """Gives `n` back."""
        if n < 1:
            raise ValueError("n must be one or more")
        if not self._release(n, self._bounded):
            raise ValueError("Semaphore released too many times")

    def get_value(self) -> int:
        """How many could be taken now."""
        return self._value

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"<anypickle.{type(self).__name__} at {id(self):#x}: value={self._value}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return handles.reduce(self)


class BoundedSemaphore(Semaphore):
    """`threading.BoundedSemaphore`: giving back more than was taken is a `ValueError`."""

    __slots__ = ()

    _bounded = True

    def __repr__(self) -> str:
        value = f"{self._value}/{self._initial}"
        return f"<anypickle.{type(self).__name__} at {id(self):#x}: value={value}>"
