"""Conditions, events, semaphores and barriers of `threading` that a process was given: one for all processes.

    stop = threading.Event()
    threading.Thread(target=stop.wait).start()      # sleeps
    promote(stop)                                   # what start() does when it finds the event
    stop.set()                                      # any process may: the thread goes on

Promotion changes the class of the object in place, in one step for all other threads (`_shm.switch`). Calls made from
then on go to shared memory. Threads that were in the middle of a method of the standard library's go on in it: what
they read and write of the object (`_flag`, `_value`, `_waiters` ...) is a property, or stands in, for what lies in
shared memory. A thread that slept sleeps at a lock of its own; that lock has become a place among those who wait
there (`src/ext/shm/promotable_waiter.cpp`), so whoever is to notify it can, in any process.

Who waits in a loop until something is so (for permits, for a barrier) looks again from time to time as well, in case
somebody was killed between making it so and saying so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from anypickle import _locks, _shm, registry
from anypickle.shared import barrier, condition, promoted_locks
from anypickle.shared.locks import Event
from anypickle.shared.promoted_locks import known, remember

__all__ = ["came_from_elsewhere", "can_promote", "is_promoted", "promote", "reduce"]

_LOOK_AROUND = 0.1
_MOST_WAITERS = 1000


# --- what is in the place of a condition's waiters --------------------------------------------------------------


class Places(condition._Waiters):
    """The waiters of a promoted condition, with what the standard library's code does to a list of them."""

    __slots__ = ()

    loops = False
    """Whether those who wait look again anyway."""

    def append(self, waiter: Any) -> None:
        """A thread is about to sleep at the lock `waiter`."""
        waiter._wait_at(self, self.loops)

    def remove(self, waiter: Any) -> None:
        """It has given up. If it was notified after that, somebody else is to know."""
        if waiter is not self and waiter._leave_place():
            self.notify(1)

    def __len__(self) -> int:
        return self.waiting()

    def __getitem__(self, index: int) -> Any:
        if index >= self.waiting():
            raise IndexError("no more waiters")
        return self  # whose `release` notifies the next one

    def release(self) -> None:
        """What a `notify` that was under way does to the first of them."""
        self.notify(1)

    def clear(self) -> None:
        """Nothing to do in a forked child: those who wait are in the parent."""


class LoopPlaces(Places):
    """The same for those who wait in a loop."""

    __slots__ = ()

    loops = True


class _AtEvent:
    """The waiters of the condition in a promoted event: whoever comes here waits for the event."""

    def __init__(self, event: Event) -> None:
        self._event = event

    def append(self, waiter: Any) -> None:
        waiter._wait_at(self._event, False)

    def remove(self, waiter: Any) -> None:
        """Nothing to do."""

    def __len__(self) -> int:
        return 0

    def clear(self) -> None:
        """Nothing to do either."""


# --- the classes ------------------------------------------------------------------------------------------------


def _in_place_of(stock: type) -> Callable[[type], type]:
    """The class is called as the one whose objects it takes over, and has its recipe."""

    def take_over(ours: type) -> type:
        ours.__module__, ours.__qualname__, ours.__name__ = (
            stock.__module__,
            stock.__qualname__,
            stock.__name__,
        )
        _locks.STAND_FOR[ours] = stock
        registry.resolve(ours)
        return ours

    return take_over


@_in_place_of(threading.Condition)
class PromotedCondition(threading.Condition):
    """`threading.Condition` over a lock and waiters in shared memory."""

    wait: Any = condition.Condition.wait
    notify: Any = condition.Condition.notify


@_in_place_of(threading.Condition)
class _LoopCondition(PromotedCondition):
    """The condition in a semaphore or a barrier: `wait` may come back for nothing."""

    def wait(self, timeout: float | None = None) -> bool:
        most = _LOOK_AROUND if timeout is None else min(timeout, _LOOK_AROUND)
        notified: bool = PromotedCondition.wait(self, most)
        return notified


@_in_place_of(threading.Condition)
class _EventCondition(threading.Condition):
    """The condition in an event, for calls that are under way."""

    _event: Event

    def wait(self, timeout: float | None = None) -> bool:
        self.release()
        try:
            return self._event.wait(timeout)
        finally:
            self.acquire()

    def notify(self, n: int = 1) -> None:
        """Nothing to do: those who wait wait for the event."""


@_in_place_of(threading.Event)
class PromotedEvent(threading.Event):
    """`threading.Event` over one in shared memory."""

    _shared: Event

    def is_set(self) -> bool:
        return self._shared.is_set()

    def set(self) -> None:
        self._shared.set()

    def clear(self) -> None:
        self._shared.clear()

    def wait(self, timeout: float | None = None) -> bool:
        return self._shared.wait(timeout)

    @property
    def _flag(self) -> bool:
        return self._shared.is_set()

    @_flag.setter
    def _flag(self, value: bool) -> None:
        if value:
            self._shared.set()
        else:
            self._shared.clear()

    def _at_fork_reinit(self) -> None:
        """Nothing to do: what a fork copies is the handle."""


def _number(index: int) -> Any:
    """An attribute that is one of the shared numbers."""

    def read(self: Any) -> int:
        value: int = self._numbers[index]
        return value

    def write(self: Any, value: int) -> None:
        self._numbers[index] = value

    return property(read, write)


@_in_place_of(threading.Semaphore)
class PromotedSemaphore(threading.Semaphore):
    """`threading.Semaphore` whose value is in shared memory, as its condition is."""

    _value = _number(0)


@_in_place_of(threading.BoundedSemaphore)
class PromotedBoundedSemaphore(threading.BoundedSemaphore):
    """`threading.BoundedSemaphore`, likewise."""

    _value = _number(0)


@_in_place_of(threading.Barrier)
class PromotedBarrier(barrier.Barrier, threading.Barrier):
    """`threading.Barrier` with the methods of the shared one, which breaks when somebody dies who waits."""

    _state = _number(barrier._STATE)

    @property
    def _count(self) -> int:
        return self._there()

    @_count.setter
    def _count(self, value: int) -> None:
        # One more or one less, in the standard library's code: those are counted, and have no place on the list.
        self._numbers[barrier._COUNT] += value - self._there()

    __repr__ = threading.Barrier.__repr__

    @property
    def _condition(self) -> Any:  # type: ignore[override]
        return self._cond  # type: ignore[attr-defined]


# --- promotion --------------------------------------------------------------------------------------------------

_STOCK = (
    threading.Condition,
    threading.Event,
    threading.Semaphore,
    threading.BoundedSemaphore,
    threading.Barrier,
)


def is_promoted(obj: Any) -> bool:
    """Whether it is in shared memory by now."""
    return type(obj) in _KINDS or promoted_locks.is_promoted(obj)


def came_from_elsewhere(obj: Any) -> bool:
    """Whether another process handed it to this one: it is an argument, wherever it lies here."""
    return is_promoted(obj) and not promoted_locks.promoted_here(obj)


def can_promote(obj: Any) -> bool:
    """Whether it is a lock, or made of locks, that can be moved to shared memory with all who wait."""
    if type(obj) not in _STOCK:
        return type(obj) in _KINDS or promoted_locks.can_promote(obj)
    inner = obj if isinstance(obj, threading.Condition) else obj._cond
    if type(inner) is not threading.Condition:
        return False
    fixed, waiters = vars(inner), list(inner._waiters)  # type: ignore[attr-defined]
    return (
        (isinstance(obj, threading.Event) or _is_movable(fixed["_lock"]))
        and len(waiters) <= _MOST_WAITERS
        and all(map(promoted_locks.can_promote, waiters))
        and all(_fits(vars(obj)[name]) for name in _COUNTING.get(type(obj), ((),))[0])
    )


def _is_movable(lock: Any) -> bool:
    return promoted_locks.can_promote(lock) or isinstance(lock, _shm.Lock | _shm.RLock)


def _fits(value: Any) -> bool:
    return type(value) is int and abs(value) < 1 << 62


def promote(obj: Any) -> None:
    """Makes it one for this process and all to whom it is handed; once is enough.

    Raises:
        OSError: There is no shared memory.
        MemoryError: It is full.
    """
    if promoted_locks.can_promote(obj):
        promoted_locks.promote(obj)
    while type(obj) in _STOCK:  # until nothing has changed between looking and doing
        if isinstance(obj, threading.Condition):
            _promote_condition(obj)
        elif isinstance(obj, threading.Event):
            _promote_event(obj)
        else:
            _promote_counting(obj)


def _promote_condition(plain: Any) -> None:
    if promoted_locks.can_promote(plain._lock):
        promoted_locks.promote(plain._lock)
    places = Places()
    if _shm.switch([_moved(plain, places, PromotedCondition)]):
        remember(plain, places._handle())


def _moved(plain: Any, places: Places, kind: type) -> Any:
    """The change that gives a condition its new waiters and its new class."""
    expected = {"_waiters": plain._waiters}
    return plain, expected, {"_waiters": places}, kind, places, places.loops


def _promote_event(plain: Any) -> None:
    flag, inner = vars(plain)["_flag"], plain._cond
    shared = Event()
    if flag:
        shared.set()
    expected = {"_waiters": inner._waiters}
    attributes: dict[str, Any] = {"_waiters": _AtEvent(shared), "_event": shared}
    changes: list[Any] = [
        (inner, expected, attributes, _EventCondition, shared, False),
        (plain, {"_flag": flag}, {"_shared": shared}, PromotedEvent, None, False),
    ]
    if _shm.switch(changes):
        vars(plain).pop("_flag", None)
        remember(plain, shared._handle())


def _promote_counting(plain: Any) -> None:
    """A semaphore or a barrier: a condition, and numbers that its lock guards."""
    inner = plain._cond
    if promoted_locks.can_promote(inner._lock):
        promoted_locks.promote(inner._lock)
    places, numbers = LoopPlaces(), condition._Numbers()
    names, kind = _COUNTING[type(plain)]
    before = {name: vars(plain)[name] for name in names}
    for index, value in enumerate(before.values()):
        numbers[index] = value
    attributes: dict[str, Any] = {"_numbers": numbers}
    if kind is PromotedBarrier:
        attributes["_present"] = condition._Waiters()
    changes = [
        _moved(inner, places, _LoopCondition),
        (plain, before, attributes, kind, None, False),
    ]
    if _shm.switch(changes):
        for name in names:
            vars(plain).pop(name, None)
        remember(plain, numbers._handle())


_COUNTING: dict[type, tuple[tuple[str, ...], type]] = {
    threading.Semaphore: (("_value",), PromotedSemaphore),
    threading.BoundedSemaphore: (("_value",), PromotedBoundedSemaphore),
    threading.Barrier: (("_state", "_count"), PromotedBarrier),
}


# --- crossing ---------------------------------------------------------------------------------------------------

_KINDS: dict[type, tuple[str, tuple[str, ...]]] = {
    PromotedCondition: ("condition", ("_waiters", "_lock")),
    _LoopCondition: ("loop", ("_waiters", "_lock")),
    PromotedEvent: ("event", ("_shared",)),
    PromotedSemaphore: ("semaphore", ("_numbers", "_cond")),
    PromotedBoundedSemaphore: ("bounded", ("_numbers", "_cond", "_initial_value")),
    PromotedBarrier: (
        "barrier",
        ("_numbers", "_cond", "_present", "_parties", "_action", "_timeout"),
    ),
}
"""Of each class: a name for streams, and the attributes that make it what it is, the one that it is known by first."""
_BY_NAME = {name: kind for kind, (name, _) in _KINDS.items()}


def reduce(obj: Any) -> tuple[Any, ...]:
    """The reduce value of something promoted, as the same thing on the other side."""
    if promoted_locks.can_promote(obj):
        return promoted_locks.reduce(obj)
    name, parts = _KINDS[type(obj)]
    values = [_Same(value) if is_promoted(value) else value for value in _values(obj, parts)]
    extras = {
        key: value for key, value in vars(obj).copy().items() if key not in (*parts, *_MACHINERY)
    }
    reduced = (_attach, (name, *values))
    return (*reduced, extras, None, None, _set_extras) if extras else reduced


def _values(obj: Any, parts: tuple[str, ...]) -> list[Any]:
    return [vars(obj)[part] for part in parts]


_MACHINERY = frozenset(vars(threading.Condition())) | _locks.MACHINERY


class _Same:
    """Crosses as the promoted object that it holds, whatever the road."""

    def __init__(self, promoted: Any) -> None:
        self._promoted = promoted

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce(self._promoted)


def _attach(name: str, *values: Any) -> Any:
    handle = values[0]._handle()
    found = known.get(handle)
    if found is not None:
        return found
    kind = _BY_NAME[name]
    made: Any = object.__new__(kind)
    parts = dict(zip(_KINDS[kind][1], values, strict=True))
    if isinstance(made, threading.Condition):
        threading.Condition.__init__(made, parts["_lock"])
    vars(made).update(parts)
    return known.setdefault(handle, made)


def _set_extras(made: Any, extras: dict[str, Any]) -> None:
    """What the program has added; one that came home has what it had."""
    for key, value in extras.items():
        vars(made).setdefault(key, value)
