"""Locks and what is made of them: a fresh one guards the copy as the original guards the original.

A lock is never restored held, nor with waiters: whoever holds it or waits for it is on this side. A held one crosses
unlocked with a `HeldLockWarning`, because what it guards may be half-written. One lock for both sides is
`anypickle.Lock`.

An `Event` keeps its flag and a `Barrier` its parties and action. A `BoundedSemaphore` has all its permits again; a
plain `Semaphore` has those that are free now, because nothing says how many it began with.
"""

from __future__ import annotations

import functools
import threading
import weakref
from typing import Any

from anypickle import _rebuild
from anypickle._locks import LOCK, MACHINERY, RLOCK, STAND_FOR, stock_class
from anypickle.crossing import Crossing
from anypickle.policy import Channel, HeldLockWarning, Policy, Scope
from anypickle.recipes import Reduce
from anypickle.reducers import hand_over
from anypickle.registry import Reduced, recipe

__all__ = ["rlock_is_held", "taken_consistently"]

_consistent: weakref.WeakSet[Any] = weakref.WeakSet()

_OPTIONS: dict[str, Any] = {
    "policy": Policy.FRESH,
    "scope": Scope.PROCESS,
}


def _unless_it_is_handed_on(reduce: Reduce) -> Reduce:
    """What another process handed to this one goes on as the same thing in the items of a shared queue."""

    @functools.wraps(reduce)
    def ask_first(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
        for handed_on in hand_over:
            if crossing.observer is None and (shared := handed_on(obj)) is not None:
                return shared
        return reduce(obj, policy, crossing)

    return ask_first


@recipe(LOCK, meaning="a new, unlocked lock", **_OPTIONS)
@_unless_it_is_handed_on
def _reduce_lock(lock: Any, _policy: Policy, crossing: Crossing) -> Reduced:
    _warn_if_held(lock, lock.locked() and lock not in _consistent, crossing)
    return _rebuild.reduced("locks:lock")


@recipe("_thread:RLock", "threading:_RLock", meaning="a new, unlocked reentrant lock", **_OPTIONS)
@_unless_it_is_handed_on
def _reduce_rlock(lock: Any, _policy: Policy, crossing: Crossing) -> Reduced:
    _warn_if_held(lock, rlock_is_held(lock), crossing)
    return _rebuild.reduced("locks:rlock" if isinstance(lock, RLOCK) else "locks:python_rlock")


@recipe(
    "threading:Condition",
    meaning="a new condition over its lock's counterpart, with no waiters",
    subclasses=True,
    **_OPTIONS,
)
@_unless_it_is_handed_on
def _reduce_condition(
    condition: threading.Condition, _policy: Policy, crossing: Crossing
) -> Reduced:
    lock = condition._lock  # type: ignore[attr-defined]
    return _rebuild.reduced(
        "locks:blank", stock_class(condition), state=(lock, _extras(condition, _CONDITION))
    ) + _setter("locks:set_condition")


@recipe(
    "threading:Event",
    meaning="a new event with the same flag, and no waiters",
    subclasses=True,
    **_OPTIONS,
)
@_unless_it_is_handed_on
def _reduce_event(event: threading.Event, _policy: Policy, _crossing: Crossing) -> Reduced:
    state = (event.is_set(), _extras(event, _EVENT))
    return _rebuild.reduced("locks:blank", stock_class(event), state=state) + _setter(
        "locks:set_event"
    )


@recipe(
    "threading:Semaphore",
    "threading:BoundedSemaphore",
    meaning="a new semaphore with no waiters; a bounded one has all its permits, another those that are free now",
    subclasses=True,
    **_OPTIONS,
)
@_unless_it_is_handed_on
def _reduce_semaphore(
    semaphore: threading.Semaphore, _policy: Policy, crossing: Crossing
) -> Reduced:
    value = semaphore._value
    initial = getattr(semaphore, "_initial_value", None)
    if initial is not None:
        _warn_if_held(semaphore, value < initial, crossing)
    state = (value if initial is None else initial, initial, _extras(semaphore, _SEMAPHORE))
    return _rebuild.reduced("locks:blank", stock_class(semaphore), state=state) + _setter(
        "locks:set_semaphore"
    )


@recipe(
    "threading:Barrier",
    meaning="a new, empty barrier for as many parties, with the same action",
    subclasses=True,
    **_OPTIONS,
)
@_unless_it_is_handed_on
def _reduce_barrier(barrier: threading.Barrier, _policy: Policy, _crossing: Crossing) -> Reduced:
    action = barrier._action  # type: ignore[attr-defined]
    timeout = barrier._timeout  # type: ignore[attr-defined]
    state = (barrier.parties, action, timeout, barrier.broken, _extras(barrier, _BARRIER))
    return _rebuild.reduced("locks:blank", stock_class(barrier), state=state) + _setter(
        "locks:set_barrier"
    )


# --- rebuilders: their names are in streams, for ever ----------------------------------------------------------


def lock() -> Any:
    """A new `threading.Lock`."""
    return threading.Lock()


def rlock() -> Any:
    """A new `threading.RLock` in C."""
    return threading._CRLock()  # type: ignore[attr-defined]


def python_rlock() -> Any:
    """A new `threading.RLock` in Python."""
    return threading._PyRLock()  # type: ignore[attr-defined]


def class_of(name: str) -> Any:
    """The class of what `threading` makes, in this process."""
    makers: dict[str, Any] = {"lock": threading.Lock, "RLock": threading.RLock}
    return type(makers[name]()) if name in makers else getattr(threading, name)


def blank(cls: type) -> Any:
    """An object of a class of `threading`'s that is filled by one of the functions below."""
    return object.__new__(cls)


def set_condition(condition: threading.Condition, state: tuple[Any, dict[str, Any]]) -> None:
    """Fills a condition: its methods are those of its own lock, not of the original's."""
    lock, extras = state
    threading.Condition.__init__(condition, lock)
    vars(condition).update(extras)


def set_event(event: threading.Event, state: tuple[bool, dict[str, Any]]) -> None:
    """Fills an event."""
    is_set, extras = state
    threading.Event.__init__(event)
    if is_set:
        event.set()
    vars(event).update(extras)


def set_semaphore(
    semaphore: threading.Semaphore, state: tuple[int, int | None, dict[str, Any]]
) -> None:
    """Fills a semaphore."""
    value, initial, extras = state
    threading.Semaphore.__init__(semaphore, value)
    if initial is not None:
        semaphore._initial_value = initial  # type: ignore[attr-defined]
    vars(semaphore).update(extras)


def set_barrier(barrier: threading.Barrier, state: tuple[Any, ...]) -> None:
    """Fills a barrier."""
    parties, action, timeout, broken, extras = state
    threading.Barrier.__init__(barrier, parties, action, timeout)
    if broken:
        barrier.abort()
    vars(barrier).update(extras)


# --- what they share -------------------------------------------------------------------------------------------

_CONDITION = frozenset(vars(threading.Condition()))
_EVENT = frozenset(vars(threading.Event()))
_SEMAPHORE = frozenset(vars(threading.BoundedSemaphore()))
_BARRIER = frozenset(vars(threading.Barrier(1)))


def _extras(obj: Any, own: frozenset[str]) -> dict[str, Any]:
    """The attributes that a subclass or the program has added."""
    ours = MACHINERY if type(obj) in STAND_FOR else frozenset()
    return {name: value for name, value in vars(obj).copy().items() if name not in own | ours}


def _setter(name: str) -> tuple[Any, ...]:
    module, _, function = name.partition(":")
    assert module == "locks"
    return None, None, globals()[function]


def rlock_is_held(lock: Any) -> bool:
    """Whether any thread holds a reentrant lock: `locked` is new in 3.14, its repr begins with it before."""
    locked = getattr(lock, "locked", None)
    return locked() if locked is not None else repr(lock).startswith("<locked")


def taken_consistently(lock: Any) -> None:
    """Says that a recipe takes what this lock guards while it holds the lock: that it is held tells nothing."""
    _consistent.add(lock)


def _warn_if_held(obj: Any, held: bool, crossing: Crossing) -> None:
    if held and crossing.channel is not Channel.HASH:
        crossing.warn(
            HeldLockWarning,
            obj,
            "it is held, and arrives unlocked: what it guards may be half-written. "
            "Release it before the object crosses",
        )
