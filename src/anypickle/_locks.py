"""The types of locks: those of the standard library, and what `threading` makes in their place while installed.

`isinstance(lock, LOCK)` is true for both, since what takes a stock type's place says that it is of that class. Tables
that go by the exact type find the other one here.
"""

from __future__ import annotations

import _thread
from typing import Any

__all__ = ["LOCK", "MACHINERY", "RLOCK", "STAND_FOR", "TWINS", "stock_class"]

LOCK: Any = type(_thread.allocate_lock())
RLOCK: Any = type(_thread.RLock())
TWINS: dict[type, type] = {}
"""From each type of lock to the other one for the same purpose, once anypickle has been installed."""
STAND_FOR: dict[type, type] = {}
"""From each class of ours that takes the place of one of `threading`'s to that one."""
MACHINERY = frozenset(
    {"_cond", "_flag", "_value", "_state", "_count"}
    | {"_shared", "_numbers", "_present", "_event", "_parties", "_action", "_timeout"}
)
"""Attributes of events, semaphores and barriers, shared ones and others; what else there is a program has added."""


def stock_class(obj: Any) -> type:
    """The class of an object, as the standard library has it."""
    return STAND_FOR.get(type(obj), type(obj))
