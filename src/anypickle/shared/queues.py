"""Queues in shared memory: `queue.Queue` and `multiprocessing.Queue` in one class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import GenericAlias, TracebackType
from typing import Any

from anypickle import _shm
from anypickle.shared import handles
from anypickle.shared.errors import ShutDown

__all__ = ["Queue", "SimpleQueue"]


class Queue(_shm.Queue):
    """A queue between threads and between processes, bounded by `maxsize` items if that is more than 0.

    When `put` returns, the item is in the queue: there is no thread behind it, what cannot be pickled raises right
    there, and no process can take the item along when it dies. A process that is killed, at whatever moment, neither
    blocks the others nor makes an item appear twice; lost is only what it had taken out.

    The object crosses through any pickler, whenever, to any process on the machine that belongs to the same user.
    """

    __slots__ = ("__weakref__",)

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
