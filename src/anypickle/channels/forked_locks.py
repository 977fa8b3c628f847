"""Locks that a forked process found held: free, as under the start methods that pickle.

    with self.lock:
        Process(target=self.work).start()       # work() takes self.lock, too

Who holds the lock is a thread of the parent, and the child has its own copy: nobody there would ever release it.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Sequence
from typing import Any

from anypickle._locks import LOCK, RLOCK
from anypickle.policy import HeldLockWarning

__all__ = ["free_locks"]


def free_locks(given: Sequence[Any]) -> None:
    """Frees the locks and conditions among what a process was given, with a warning for each that was held.

    Runs in the child, before anything of the program's does.

    Args:
        given: All that can be reached from what the process was given.
    """
    names = {
        id(value): f"{type(holder).__qualname__}.{name}"
        for holder in given
        for name, value in _attributes(holder).items()
    }
    for lock in given:
        if isinstance(lock, (LOCK, RLOCK, threading.Condition)) and _is_held(lock):
            _free(lock)
            what = names.get(id(lock), f"a {type(lock).__module__}.{type(lock).__qualname__}")
            message = f"{what}: it was held when the process was forked, and is free there"
            warnings.warn(message, HeldLockWarning, stacklevel=_level_of_start())


def _level_of_start() -> int:
    """The stack level, from the caller, of the line that started the process: the fork came with its stack."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_on_the_way(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    return level


def _is_on_the_way(module: str) -> bool:
    return module.startswith(("anypickle.", "multiprocessing."))


def _attributes(holder: Any) -> dict[str, Any]:
    attributes = getattr(holder, "__dict__", None)
    return attributes if type(attributes) is dict and not isinstance(holder, type) else {}


def _free(lock: Any) -> None:
    lock._at_fork_reinit()


def _is_held(lock: Any) -> bool:
    """Whether anybody holds it; nobody in this process can let go of it meanwhile."""
    inner = getattr(lock, "_lock", lock)  # a condition's
    if getattr(inner, "_is_promoted", bool)():
        return False  # in shared memory it is held for all, and its holder lives
    if isinstance(inner, LOCK):
        return bool(inner.locked())
    from anypickle.reducers.locks import rlock_is_held

    return isinstance(inner, RLOCK) and rlock_is_held(inner)
