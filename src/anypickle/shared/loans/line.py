"""One line: the thread that calls an object's methods for one thread of another process.

A request is `(number, method, arguments, seconds)`; `seconds` is None for methods that don't wait. The answer is
`(True, value, pid)`, where `pid` is that of a process that died holding the object, or `(False, exception, 0)`.
`CANCEL` in the place of a request says: I did not hear your last answer (Ctrl-C), take back what you did.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import threading
import time
from collections.abc import Callable
from multiprocessing import connection
from typing import Any

from anypickle._locks import LOCK

__all__ = ["CANCEL", "FOREVER", "Ledger", "Line"]

CANCEL = "cancel"
FOREVER = math.inf
_SLICE_SECONDS = 0.5
"""How often a thread that waits on behalf of another process looks whether that one still wants it."""


def _acquire(obj: Any, seconds: float) -> bool:
    acquired: bool = obj.acquire(True, timeout=seconds) if seconds > 0 else obj.acquire(False)
    return acquired


_WAITING: dict[str, Callable[..., Any]] = {
    "acquire": _acquire,
    "wait": lambda event, seconds: event.wait(seconds),
    "get": lambda line, seconds: line.get(seconds > 0, seconds),
    "put": lambda line, seconds, item: line.put(item, seconds > 0, seconds),
}


class Ledger:
    """What has been lent, by number, and who died holding it."""

    def __init__(self) -> None:
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self.holders: dict[int, Line | None] = {}
        self.died_holding: dict[int, int] = {}

    def number(self, obj: Any) -> int:
        """The number under which `obj` is lent; it stays alive from now on."""
        number = self._numbers.setdefault(id(obj), len(self._objects))
        if number == len(self._objects):
            self._objects.append(obj)
        return number

    def __getitem__(self, number: int) -> Any:
        return self._objects[number]


class Line:
    """A conversation with one thread of another process."""

    def __init__(self, wire: connection.Connection, pid: int, ledger: Ledger) -> None:
        self._wire = wire
        self._pid = pid
        self._process = _open_process(pid)
        self._ledger = ledger
        self._held: dict[int, int] = {}
        self._undo: Callable[[], None] | None = None

    def run(self) -> None:
        """Answers until the other side hangs up; then, once its process has ended, gives back what that held."""
        try:
            while self._answer(self._wire.recv()):
                pass
        except (EOFError, OSError):
            pass
        finally:
            with contextlib.suppress(OSError):
                self._wire.close()
            if any(self._held.values()):
                self._wait_for_end()
                self._give_back()
            if self._process is not None:
                os.close(self._process)

    def _answer(self, request: Any) -> bool:
        if request == CANCEL:
            self._take_back()
            return True
        number, method, arguments, seconds = request
        self._undo = None
        try:
            value = self._call(number, method, arguments, seconds)
        except _HungUp:
            return False
        except Exception as error:
            self._wire.send((False, error, 0))
            return True
        died = self._ledger.died_holding.pop(number, 0) if method == "acquire" and value else 0
        try:
            self._wire.send((True, value, died))
        except OSError:
            self._take_back()
            return False
        return True

    def _take_back(self) -> None:
        undo, self._undo = self._undo, None
        if undo is not None:
            undo()

    def _call(self, number: int, method: str, arguments: Any, seconds: float | None) -> Any:
        obj = self._ledger[number]
        if seconds is None:
            value = getattr(obj, method)(*arguments)
        else:
            value = self._wait(_WAITING[method], obj, seconds, arguments)
        self._note(number, obj, method, arguments, value)
        return value

    def _wait(self, function: Callable[..., Any], obj: Any, seconds: float, arguments: Any) -> Any:
        """Waits in slices, as long as somebody on the other side waits too."""
        deadline = time.monotonic() + seconds
        while True:
            rest = deadline - time.monotonic()
            last = rest <= _SLICE_SECONDS
            try:
                value = function(obj, max(0.0, min(rest, _SLICE_SECONDS)), *arguments)
                if value is not False or last:
                    return value
            except (queue.Empty, queue.Full):
                if last:
                    raise
            if self._wire.poll(0):
                raise _HungUp

    def _note(self, number: int, obj: Any, method: str, arguments: Any, value: Any) -> None:
        """Keeps account of what the other side holds, and of how to take the call back."""
        if method == "acquire" and value:
            self._held[number] = self._held.get(number, 0) + 1
            self._ledger.holders[number] = self
            self._undo = lambda: self._release(number, obj)
        elif method == "release":
            self._held[number] = self._held.get(number, 0) - (arguments[0] if arguments else 1)
            self._ledger.holders[number] = None
        elif method == "get":
            self._undo = lambda: obj.put(value)
        elif method == "wait" and value is True and isinstance(obj, threading.Condition):
            self._undo = lambda: obj.notify(1)

    def _release(self, number: int, obj: Any) -> None:
        self._held[number] -= 1
        obj.release()

    def _wait_for_end(self) -> None:
        if self._process is not None:
            connection.wait([self._process])

    def _give_back(self) -> None:
        """Releases what a process that has ended still held."""
        for number, count in self._held.items():
            obj = self._ledger[number]
            if isinstance(obj, LOCK) and self._ledger.holders.get(number) is not self:
                continue  # somebody else released it, and somebody else may have it
            for _ in range(count):
                self._ledger.died_holding[number] = self._pid
                with contextlib.suppress(RuntimeError, ValueError):
                    obj.release()


class _HungUp(Exception):
    """Nobody waits for the answer any more."""


def _open_process(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends, where the system has such a thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
