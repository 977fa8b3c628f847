"""Queues in shared memory: `queue.Queue` and `multiprocessing.Queue` in one class."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from types import GenericAlias, TracebackType
from typing import TYPE_CHECKING, Any

from anypickle import _shm
from anypickle.shared import handles
from anypickle.shared.errors import Empty, Full, ShutDown

if TYPE_CHECKING:
    from anypickle.shared.bell import Bell

__all__ = ["LifoQueue", "PriorityQueue", "Queue", "SimpleQueue"]


class Queue(_shm.Queue):
    """A queue between threads and between processes, bounded by `maxsize` items if that is more than 0.

    When `put` returns, the item is in the queue: there is no thread behind it, what cannot be pickled raises right
    there, and no process can take the item along when it dies. A process that is killed, at whatever moment, neither
    blocks the others nor makes an item appear twice; lost is only what it had taken out.

    The object crosses through any pickler, whenever, to any process on the machine that belongs to the same user.
    """

    __slots__ = ("__weakref__", "_bells")

    _bells: dict[tuple[str, int], Bell]

    def __class_getitem__(cls, item: Any) -> GenericAlias:
        return GenericAlias(cls, item)

    def put_many(self, items: Iterable[Any], timeout: float | None = None) -> None:
        """Puts all items, in order, with few locks; waits for room as often as need be."""
        self._put_many(items, timeout)

    def get_many(
        self, max_items: int = 256, block: bool = True, timeout: float | None = None
    ) -> list[Any]:
        """Waits for one item, then takes those that are there, `max_items` at most.

        An item that cannot be unpickled raises; the exception's attribute `got` has those before it.
        """
        if block and timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        items: list[Any] = []
        try:
            self._get_many(items, max_items, timeout if block else 0)
        except BaseException as error:
            if items:
                error.got = items  # type: ignore[attr-defined]
            raise
        return items

    def fileno(self) -> int:
        """A descriptor that is readable when there is something to get: for `select.select([queue], [], [])`.

        That is a hint, as another consumer may be faster: use `get_nowait`. It is renewed by each call of this method;
        the first one starts a thread that waits in the process's stead.
        """
        return self._bell("message").renew()

    async def aget(self) -> Any:
        """`get` for asyncio. Cancelling it takes nothing out of the queue."""
        while True:
            try:
                return self.get_nowait()
            except Empty:
                await self._bell("message").heard()

    async def aput(self, item: Any) -> None:
        """`put` for asyncio."""
        while True:
            try:
                return self.put_nowait(item)
            except Full:
                await self._bell("room").heard()

    def _bell(self, kind: str) -> Bell:
        """This process's bell of that kind; a forked child makes its own."""
        try:
            bells = self._bells
        except AttributeError:
            bells = self._bells = {}
        key = (kind, os.getpid())
        if key not in bells:
            from anypickle.shared.bell import Bell  # asyncio is not for everybody

            kinds = {"message": _shm.Queue._wait_message, "room": _shm.Queue._wait_room}
            bells[key] = Bell(self, kinds[kind])
        return bells[key]

    def shutdown(self, immediate: bool = False) -> None:
        """Makes `put` raise `ShutDown`, and `get` too once the queue is empty; `immediate` empties it."""
        self._shut_down(immediate)

    def close(self) -> None:
        """Does nothing: there is nothing to flush. For programs written for `multiprocessing.Queue`."""

    def join_thread(self) -> None:
        """Does nothing: there is no thread. For programs written for `multiprocessing.Queue`."""

    def cancel_join_thread(self) -> None:
        """Does nothing: there is no thread. For programs written for `multiprocessing.Queue`."""

    def __iter__(self) -> Iterator[Any]:
        """Gets items until the queue is shut down and empty."""
        while True:
            try:
                yield self.get()
            except ShutDown:
                return

    def __enter__(self) -> Queue:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.shutdown(immediate=kind is not None)

    def __repr__(self) -> str:
        size = f"/{self.maxsize}" if self.maxsize else ""
        return f"<{type(self).__name__} at {id(self):#x}: {self.qsize()}{size} items>"

    def __reduce__(self) -> tuple[Any, ...]:
        return handles.reduce(self)


class SimpleQueue(Queue):
    """`queue.SimpleQueue` and `multiprocessing.SimpleQueue`: unbounded, without `join`."""

    __slots__ = ()

    def __new__(cls) -> SimpleQueue:
        return super().__new__(cls)


class LifoQueue(Queue, _shm.Pile):
    """A `Queue` that gives out the item that was put last."""

    __slots__ = ()

    _least = False


class PriorityQueue(Queue, _shm.Pile):
    """A `Queue` that gives out the least item, as `heapq` has it: often a tuple, `(priority, data)`.

    Numbers, strings and tuples that begin with some are compared where they lie. Where that decides nothing, the items
    themselves are asked with `<`, in the process that puts or gets: it unpickles those that it has to compare, and
    whoever puts or gets meanwhile waits. If a comparison raises, `put` or `get` does, and the queue is what it was.
    """

    __slots__ = ()

    _least = True
