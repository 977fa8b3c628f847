"""`threading.Barrier`, between threads and between processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from anypickle.shared.condition import Condition, _Numbers, _Waiters
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
        self._present = _Waiters()

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
            place = self._present.enter()
            try:
                if index + 1 == self._parties:
                    self._release()
                else:
                    self._wait(timeout)
                return index
            finally:
                self._present.leave(place)
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
        end = None if timeout is None else time.monotonic() + timeout
        while self._numbers[_STATE] == _FILLING:
            rest = _LOOK_AROUND if end is None else min(_LOOK_AROUND, end - time.monotonic())
            if rest <= 0 or self._somebody_died():
                self._break()
                break
            self._condition.wait_for(lambda: self._numbers[_STATE] != _FILLING, rest)
        if self._numbers[_STATE] < 0:
            raise threading.BrokenBarrierError

    def _somebody_died(self) -> bool:
        """Counts those off who died while they waited: they will not leave by themselves."""
        dead = self._present.remove_dead()
        self._numbers[_COUNT] = self._numbers[_COUNT] - dead
        return dead > 0

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
            self._somebody_died()
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
