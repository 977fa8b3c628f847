"""`threading.Barrier`, between threads and between processes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from anypickle.shared.condition import Condition, _Numbers
from anypickle.shared.locks import Lock

__all__ = ["Barrier"]

# Where the numbers lie.
_STATE, _COUNT, _ROUND = 0, 1, 2
_FILLING, _DRAINING, _RESETTING, _BROKEN = 0, 1, -1, -2
_LOOK_AROUND = 0.1


class Barrier:
    """`threading.Barrier`. It breaks when a process dies that had arrived and waits."""

    def __init__(
        self, parties: int, action: Callable[[], object] | None = None, timeout: float | None = None
    ) -> None:
        if parties < 1:
            raise ValueError("parties must be >= 1")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._condition = Condition(Lock())
        self._numbers = _Numbers()

    def __repr__(self) -> str:
        where = f"anypickle.{type(self).__name__} at {id(self):#x}"
        if self.broken:
            return f"<{where}: broken>"
        return f"<{where}: waiters={self.n_waiting}/{self.parties}>"

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the others; returns a number from 0 to parties - 1 that is different for each."""
        if timeout is None:
            timeout = self._timeout
        with self._condition:
            self._enter()
            index = self._numbers[_COUNT]
            self._numbers[_COUNT] = index + 1
            try:
                if index + 1 == self._parties:
                    self._release()
                else:
                    self._wait(timeout)
                return index
            finally:
                self._leave()

    def _enter(self) -> None:
        while self._numbers[_STATE] in (_RESETTING, _DRAINING):
            self._condition.wait()
        if self._numbers[_STATE] == _BROKEN:
            raise threading.BrokenBarrierError

    def _release(self) -> None:
        try:
            if self._action is not None:
                self._action()
            self._numbers[_STATE] = _DRAINING
            self._condition.notify_all()
        except BaseException:
            self._break()
            raise

    def _wait(self, timeout: float | None) -> None:
        if not self._condition.wait_for(lambda: self._numbers[_STATE] != _FILLING, timeout):
            self._break()
            raise threading.BrokenBarrierError
        if self._numbers[_STATE] < 0:
            raise threading.BrokenBarrierError

    def _leave(self) -> None:
        self._numbers[_COUNT] = self._numbers[_COUNT] - 1
        if self._numbers[_COUNT] == 0 and self._numbers[_STATE] in (_RESETTING, _DRAINING):
            self._numbers[_STATE] = _FILLING
            self._condition.notify_all()

    def _break(self) -> None:
        self._numbers[_STATE] = _BROKEN
        self._condition.notify_all()

    def reset(self) -> None:
        """Empties it; who waits gets a `BrokenBarrierError`."""
        with self._condition:
            if self._numbers[_COUNT] > 0:
                if self._numbers[_STATE] in (_FILLING, _BROKEN):
                    self._numbers[_STATE] = _RESETTING
            else:
                self._numbers[_STATE] = _FILLING
            self._condition.notify_all()

    def abort(self) -> None:
        """Breaks it: who waits or will wait gets a `BrokenBarrierError`."""
        with self._condition:
            self._break()

    @property
    def parties(self) -> int:
        """How many it takes."""
        return self._parties

    @property
    def n_waiting(self) -> int:
        """How many have arrived and wait."""
        return self._numbers[_COUNT] if self._numbers[_STATE] == _FILLING else 0

    @property
    def broken(self) -> bool:
        """True if it is broken."""
        return self._numbers[_STATE] == _BROKEN
