"""The types of locks: those of the standard library, and what `threading` makes in their place while installed.

`isinstance(lock, LOCK)` is true for both, since what takes a stock type's place says that it is of that class. Tables
that go by the exact type find the other one here.
"""

from __future__ import annotations

import _thread
from typing import Any

__all__ = ["LOCK", "RLOCK", "TWINS"]

LOCK: Any = type(_thread.allocate_lock())
RLOCK: Any = type(_thread.RLock())
TWINS: dict[type, type] = {}
"""From each type of lock to the other one for the same purpose, once anypickle has been installed."""
