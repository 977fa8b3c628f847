"""A descriptor that becomes readable when a queue may have a message, or room: for select and asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["Bell"]

_LOOK_AROUND = 0.5


class Bell:
    """One thread that waits, and rings when there is something; it rests until somebody asks again.

    It holds the queue only while it looks, so that a queue that nobody else holds goes away with its bell.
    """

    def __init__(self, queue: Any, wait: Callable[[Any, float], bool]) -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._asked = threading.Event()
        self._listening: set[asyncio.Future[None]] = set()
        watcher = threading.Thread(
            target=_watch,
            args=(weakref.ref(queue), wait, self._asked, self._writer),
            name="anypickle-bell",
            daemon=True,
        )
        weakref.finalize(self, _close, self._reader, self._asked)
        watcher.start()

    def renew(self) -> int:
        """Takes back what it said and lets it look again; its descriptor."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._reader, 64):
                pass
        self._asked.set()
        return self._reader

    async def heard(self) -> None:
        """Returns when it rings."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        if not self._listening:
            loop.add_reader(self.renew(), self._tell, loop)
        self._listening.add(future)
        try:
            await future
        finally:
            self._listening.discard(future)
            if not self._listening:
                loop.remove_reader(self._reader)

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._reader)
        listening, self._listening = self._listening, set()
        for future in listening:
            if not future.done():
                future.set_result(None)


def _watch(
    queue_of: Callable[[], Any],
    wait: Callable[[Any, float], bool],
    asked: threading.Event,
    writer: int,
) -> None:
    """The thread: waits where a process would, and says when there is something. Ends with the queue."""
    try:
        while True:
            asked.wait()
            asked.clear()
            there = False
            while not there:
                queue = queue_of()
                if queue is None:
                    return
                there = wait(queue, _LOOK_AROUND)
                del queue
            with contextlib.suppress(BlockingIOError):
                os.write(writer, b"!")
    except OSError:
        return
    finally:
        os.close(writer)


def _close(reader: int, asked: threading.Event) -> None:
    """When the queue goes: the thread wakes up and finds that it is gone."""
    os.close(reader)
    asked.set()
