"""A lock of `threading` that was handed to a process: the same object as before, and one lock for all processes.

    lock = threading.Lock()
    lock.acquire()
    promote(lock)                   # what start() does when it finds the lock among the arguments: it is held, still
    ...                             # other processes wait for it, and threads that slept at it go on sleeping
    lock.release()                  # and somebody has it, here or there

The object itself knows where its lock is (`src/ext/shm/promotable.h`). On the other side arrives an object of the same
kind; one that comes home is the one that left.
"""

from __future__ import annotations

import os
import weakref
from typing import Any

from anypickle import _shm
from anypickle.shared import handles

__all__ = ["can_promote", "is_promoted", "known", "promote", "promoted_here", "reduce"]

_KINDS: dict[str, Any] = {"lock": _shm.PromotableLock, "rlock": _shm.PromotableRLock}
_NAMES = {kind: name for name, kind in _KINDS.items()}

known: weakref.WeakValueDictionary[Any, Any] = weakref.WeakValueDictionary()
"""What is promoted in this process, by its handle."""
promoters: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
"""The process that promoted what was promoted here, or in the process that this one was forked from."""


def can_promote(obj: Any) -> bool:
    """Whether it is a lock that can be moved to shared memory."""
    return type(obj) in _NAMES


def is_promoted(lock: Any) -> bool:
    """Whether it is in shared memory by now."""
    return type(lock) in _NAMES and lock._is_promoted()


def promote(lock: Any) -> None:
    """Moves it there, held or not, waited for or not; once is enough.

    Raises:
        OSError: There is no shared memory.
        MemoryError: It is full.
    """
    if not lock._is_promoted():
        lock._promote()
        remember(lock, lock._handle())


def remember(obj: Any, handle: Any) -> None:
    """Notes what has been promoted here."""
    known[handle] = obj
    promoters[obj] = os.getpid()


def promoted_here(obj: Any) -> bool:
    """Whether it was this process that promoted it."""
    return promoters.get(obj) == os.getpid()


def reduce(lock: Any) -> tuple[Any, ...]:
    """The reduce value of a promoted lock, as the same lock on the other side."""
    return _attach, (_NAMES[type(lock)], *handles.handle_of(lock))


def _attach(name: str, *handle: Any) -> Any:
    arrived = handles.attach(_KINDS[name], *handle)
    return known.setdefault(arrived._handle(), arrived)
