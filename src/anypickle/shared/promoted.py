"""A `queue.Queue` that a process was given: the same object as before, and one queue for all processes.

    queue = queue.Queue()
    threading.Thread(target=queue.get).start()      # waits
    promote(queue)                                  # what start() does when it finds the queue among the arguments
    queue.put(1)                                    # any process may: the thread gets it

Promotion changes the class of the object in place, under its mutex, and moves its items into an
`anypickle.shared.Queue`. Calls made from then on go straight there. Threads that were waiting inside `queue.Queue.get`,
`put` or `join` at that moment go on in the standard library's code, under their own timeouts: they find conditions
that wait on the shared queue (`_Getters`, `_Putters`, `_Joiners`), and `_qsize`, `_get` and `_put` that use it.

Invariant: an item is in the shared queue, or held for exactly one thread that is on its way out of `get`.
"""

from __future__ import annotations

import queue
import threading
import time
import weakref
from typing import Any

from anypickle.shared import queues
from anypickle.shared.errors import ShutDown
from anypickle.shared.parcels import Parcels, PileParcels, RankedParcels

__all__ = ["PromotedQueue", "can_promote", "promote", "standard"]

_OWN_ORDER = ("_init", "_qsize", "_put", "_get")
_MACHINERY = frozenset(
    {"mutex", "not_empty", "not_full", "all_tasks_done", "unfinished_tasks", "is_shutdown", "queue"}
    | {"_transport", "_parcels", "_held", "_deadlines"}
)


def can_promote(kind: type) -> bool:
    """Whether queues of this class keep their items in the order of one of the standard library's."""
    if not issubclass(kind, queue.Queue):
        return False
    base = standard(kind)
    return all(
        getattr(kind, name) in (getattr(base, name), getattr(PromotedQueue, name))
        for name in _OWN_ORDER
    )


def promote(plain: queue.Queue[Any]) -> None:
    """Makes it one queue for this process and all to whom it is handed; once is enough."""
    with plain.mutex:
        if isinstance(plain, PromotedQueue):
            return
        transport = _made_for(plain)
        parcels = _PARCELS[type(transport)](transport)
        for item in plain.queue:
            parcels.put(item)
        waiting = (plain.not_empty, plain.not_full, plain.all_tasks_done)
        _equip(plain, transport, parcels)
        if vars(plain).pop("is_shutdown", False):
            transport.shutdown()
        plain.__class__ = _promoted_class(type(plain))
        for condition in waiting:
            condition.notify_all()


def standard(kind: type) -> type:
    """The class of the standard library in whose order a queue gives out its items."""
    return next(base for base in kind.__mro__ if base in _TRANSPORTS)


def _made_for(plain: queue.Queue[Any]) -> queues.Queue:
    """A shared queue with the room of a plain one, and its unfinished tasks but for those of its items."""
    maxsize = max(plain.maxsize, len(plain.queue)) if plain.maxsize > 0 else 0
    transport = _TRANSPORTS[standard(type(plain))](maxsize)
    for _ in range(plain.unfinished_tasks - len(plain.queue)):
        transport.put(None)
        transport.get()
    return transport


def _equip(plain: queue.Queue[Any], transport: queues.Queue, parcels: Parcels) -> None:
    """Gives an object the attributes of a promoted queue."""
    for name in ("unfinished_tasks", "queue"):
        plain.__dict__.pop(name, None)
    plain.__dict__.update(
        _transport=transport,
        _parcels=parcels,
        _held={},
        _deadlines={},
        not_empty=_Getters(plain),
        not_full=_Putters(plain),
        all_tasks_done=_Joiners(plain),
    )
    _here[transport._handle()] = plain


def _promoted_class(kind: type) -> type:
    """The class that a promoted queue gets: methods that a subclass overrides are asked first, as before."""
    if kind in _PROMOTED:
        return _PROMOTED[kind]
    made = _classes.get(kind)
    if made is None:
        bases = (kind, _PROMOTED[standard(kind)])
        made = type(kind.__name__, bases, {"__module__": kind.__module__})
        _classes[kind] = made
    return made


def _attach(kind: type, transport: queues.Queue, state: dict[str, Any]) -> Any:
    """The promoted queue of class `kind` in a process that it was sent to."""
    handle = transport._handle()
    known = _here.get(handle)
    if known is not None:
        return known
    promoted: Any = object.__new__(_promoted_class(kind))
    promoted.__dict__.update(state, mutex=threading.Lock())
    _equip(promoted, transport, _PARCELS[type(transport)](transport))
    return promoted


_classes: dict[type, type] = {}
_here: weakref.WeakValueDictionary[Any, queue.Queue[Any]] = weakref.WeakValueDictionary()
"""The promoted queues of this process, by their handles: one that comes home is the one that left."""


class PromotedQueue(queue.Queue[Any]):
    """`queue.Queue` over shared memory; made by `promote` only."""

    _transport: queues.Queue
    _parcels: Parcels
    _held: dict[int, Any]
    _deadlines: dict[int, float | None]

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        self._parcels.put(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        return self._parcels.get(block, timeout)

    def put_nowait(self, item: Any) -> None:
        self.put(item, False)

    def get_nowait(self) -> Any:
        return self.get(False)

    def qsize(self) -> int:
        return self._transport.qsize()

    def empty(self) -> bool:
        return self._transport.empty()

    def full(self) -> bool:
        return self._transport.full()

    def task_done(self) -> None:
        self._transport.task_done()

    def join(self) -> None:
        self._transport.join()

    def shutdown(self, immediate: bool = False) -> None:
        self._transport.shutdown(immediate)

    @property
    def is_shutdown(self) -> bool:
        return self._transport.is_shutdown

    @property
    def unfinished_tasks(self) -> int:
        return self._transport.unfinished_tasks

    @unfinished_tasks.setter
    def unfinished_tasks(self, number: int) -> None:
        # A `put` under way in the standard library's code adds one that `_put` has counted already.
        if number < self._transport.unfinished_tasks:
            self._transport.task_done()

    @property
    def queue(self) -> Any:
        raise AttributeError(
            "the items of a queue that is shared with other processes are not in this one; "
            "use get_nowait() until queue.Empty to take them out"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        kind = type(self)
        state = {key: value for key, value in vars(self).copy().items() if key not in _MACHINERY}
        plain = standard(kind) if kind in _PROMOTED.values() else kind.__bases__[0]
        return _attach, (plain, self._transport, state)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        raise TypeError(
            "cannot copy a queue that is shared with other processes; "
            "make a new queue.Queue for the copy, or copy before the queue is handed to a Process"
        )

    # What the standard library's get() and put() call under the mutex, when they were under way at promotion or are
    # called as queue.Queue.get(self).

    def _qsize(self) -> Any:
        return _Size(self)

    def _get(self) -> Any:
        return self._held.pop(threading.get_ident())

    def _put(self, item: Any) -> None:
        deadline = self._deadlines.pop(threading.get_ident(), None)
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
        self.mutex.release()
        try:
            self._parcels.put(item, True, timeout)
        finally:
            self.mutex.acquire()

    def _hold_one(self, block: bool, timeout: float | None) -> bool:
        """Takes an item out for this thread's `_get`; False if there is none."""
        me = threading.get_ident()
        if me not in self._held:
            try:
                self._held[me] = self._parcels.get(block, timeout)
            except (queue.Empty, ShutDown):
                return False
        return True


class PromotedLifoQueue(PromotedQueue, queue.LifoQueue[Any]):  # type: ignore[override]
    """`queue.LifoQueue` over shared memory."""


class PromotedPriorityQueue(PromotedQueue, queue.PriorityQueue[Any]):  # type: ignore[override]
    """`queue.PriorityQueue` over shared memory."""


_PROMOTED: dict[type, type] = {
    queue.Queue: PromotedQueue,
    queue.LifoQueue: PromotedLifoQueue,
    queue.PriorityQueue: PromotedPriorityQueue,
}
_TRANSPORTS: dict[type, type[queues.Queue]] = {
    queue.Queue: queues.Queue,
    queue.LifoQueue: queues.LifoQueue,
    queue.PriorityQueue: queues.PriorityQueue,
}
_PARCELS: dict[type, type[Parcels]] = {
    queues.Queue: Parcels,
    queues.LifoQueue: PileParcels,
    queues.PriorityQueue: RankedParcels,
}


class _Size:
    """What `_qsize()` gives: get() asks whether there is an item, put() whether the queue is full."""

    def __init__(self, promoted: PromotedQueue) -> None:
        self._promoted = promoted

    def __bool__(self) -> bool:
        return self._promoted._hold_one(False, None)

    def __ge__(self, maxsize: int) -> bool:
        if threading.get_ident() in self._promoted._deadlines:
            return False
        return self._promoted._transport.full()


class _Door:
    """In the place of a condition of a promoted queue: the mutex, and a way to wait."""

    def __init__(self, promoted: Any) -> None:
        self._reference = weakref.ref(promoted)
        self.acquire = promoted.mutex.acquire
        self.release = promoted.mutex.release

    @property
    def _promoted(self) -> Any:
        return self._reference()

    def __enter__(self) -> Any:
        return self._promoted.mutex.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._promoted.mutex.__exit__(*error)

    def notify(self, n: int = 1) -> None:
        """Nothing to do: those who wait are woken by the shared queue."""

    def notify_all(self) -> None:
        """Nothing to do either."""


class _Getters(_Door):
    def wait(self, timeout: float | None = None) -> bool:
        """Waits for an item and holds it for this thread."""
        self.release()
        try:
            return bool(self._promoted._hold_one(True, timeout))
        finally:
            self.acquire()


class _Putters(_Door):
    def wait(self, timeout: float | None = None) -> bool:
        """Leaves the waiting to `_put`, which has the item."""
        deadline = None if timeout is None else time.monotonic() + timeout
        self._promoted._deadlines[threading.get_ident()] = deadline
        return True


class _Joiners(_Door):
    def wait(self, timeout: float | None = None) -> bool:
        """Waits for all tasks to be done."""
        self.release()
        try:
            return bool(self._promoted._transport.join(timeout))
        finally:
            self.acquire()
