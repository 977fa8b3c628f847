"""`threading.Barrier`, between threads and between processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from anypickle.shared.condition import Condition, _Numbers, _Waiters
from anypickle.shared.locks import Lock

__all__ = ["Barrier"]

# Where the numbers lie. The count is of threads that wait in code that is not ours: that of the standard library, when
# its barrier was made a shared one.
_STATE, _COUNT = 0, 1
_FILLING, _DRAINING, _RESETTING, _BROKEN = 0, 1, -1, -2
_LOOK_AROUND = 0.1


class Barrier:
    """`threading.Barrier`. It breaks when a process dies that had arrived and waits.

    Who is there is known from the list of places alone: whoever is killed on the way in or out is taken off it.
    """

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
            index = self._there()
            place = self._present.enter()
            try:
                if index + 1 == self._parties:
                    self._release()
                else:
                    self._wait(timeout)
                return index
            finally:
                self._present.leave(place)
                self._fill_again()

    def _enter(self) -> None:
        while self._numbers[_STATE] in (_RESETTING, _DRAINING):
            self._present.remove_dead()
            if not self._fill_again():
                self._condition.wait(_LOOK_AROUND)
        if self._somebody_died():
            self._break()
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
        """Takes those off the list who died while they waited: they will not leave by themselves."""
        return self._present.remove_dead() > 0

    def _there(self) -> int:
        return self._numbers[_COUNT] + self._present.waiting()

    def _fill_again(self) -> bool:
        """When the last one of a round has left, the next one begins."""
        emptied = self._numbers[_STATE] in (_RESETTING, _DRAINING) and self._there() == 0
        if emptied:
            self._numbers[_STATE] = _FILLING
            self._condition.notify_all()
        return emptied

    _exit = _fill_again  # as the standard library's code calls it

    def _break(self) -> None:
        self._numbers[_STATE] = _BROKEN
        self._condition.notify_all()

    def reset(self) -> None:
        """Empties it; who waits gets a `BrokenBarrierError`."""
        with self._condition:
            self._somebody_died()
            if self._there() > 0:
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
        return self._there() if self._numbers[_STATE] == _FILLING else 0

    @property
    def broken(self) -> bool:
        """True if it is broken."""
        return self._numbers[_STATE] == _BROKEN
