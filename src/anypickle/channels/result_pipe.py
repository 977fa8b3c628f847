"""The results of a `multiprocessing.Pool`, read so that others can tell how far a message has come.

A worker that is killed as it sends a result leaves a whole message behind, a torn one, or none. `ResultPipe.state`
knows which at once: what is read is counted under the mutex that it is read under, so no byte is ever on its way to it.

Threading: one thread reads; any may ask.
"""

from __future__ import annotations

import fcntl
import io
import os
import select
import struct
import termios
import threading
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any

from anypickle.channels.undeliverable import first_numbers, unreadable

__all__ = ["ResultPipe", "State"]

_REMEMBERED = 256
_MOST = 1 << 20
"""How much is read at a time."""
_SHORT = struct.Struct("!i")
_LONG = struct.Struct("!Q")
"""What `Connection` sends before a message: its length, or -1 and its length."""


class State(Enum):
    """Where the reading stands, when nobody writes any more."""

    BUSY = "there is more to read, or a message to unpickle"
    CLEAR = "every message has been taken in"
    TORN = "the rest of a message is missing"


class ResultPipe:
    """The reading end, in the place of its `recv`, and the tasks whose results came last."""

    def __init__(self, reader: Any, loads: Callable[[memoryview], Any]) -> None:
        self._loads = loads
        self._fd = reader.fileno()
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self._mutex = threading.Lock()
        self._state = State.CLEAR
        self.arrived: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED)

    def get(self) -> Any:
        """The next result: the task's number, its index, and what came of it."""
        # Given back at once: an error's traceback that holds both would be collected in any order.
        with self._message().getbuffer() as message:
            result = self._unpickled(message)
        with self._mutex:
            if result is not None:
                self.arrived.append(result[:2])
            self._state = State.CLEAR
        return result

    def state(self) -> State:
        """Where the reading stands.

        To be asked when it is known that whoever was writing is dead, and holds the lock of those who write.
        """
        with self._mutex:
            try:
                left = fcntl.ioctl(self._fd, termios.FIONREAD, bytes(4))
            except OSError:
                return State.CLEAR
            return State.BUSY if any(left) else self._state

    def _unpickled(self, message: memoryview) -> Any:
        try:
            return self._loads(message)
        except Exception as error:
            numbers = first_numbers(message)
            job, index = next(numbers, None), next(numbers, None)
            if job is None or index is None:
                raise
            return job, index, (False, unreadable(error, "result"))

    def _message(self) -> io.BytesIO:
        head: struct.Struct | None = _SHORT
        part, size = io.BytesIO(), _SHORT.size
        while True:
            self._poll.poll()
            with self._mutex:
                chunk = os.read(self._fd, min(size - part.tell(), _MOST))
                if not chunk:
                    raise EOFError
                part.write(chunk)
                self._state = State.TORN  # unless more comes, which only the pipe can tell
                if part.tell() < size:
                    continue
                if head is not None:
                    (size,) = head.unpack(part.getbuffer())
                    head = _LONG if size == -1 else None
                    part, size = io.BytesIO(), _LONG.size if head else size
                if head is None and part.tell() == size:
                    self._state = State.BUSY
                    return part
