"""`threading`'s locks, made from now on so that they can become one lock for several processes.

    lock = threading.Lock()                         # private, and as fast as before
    Process(target=work, args=(lock,)).start()      # from here on in shared memory, for both sides

What `threading` itself makes of locks (conditions, events, semaphores, barriers, and the locks that those who wait for
them sleep on) is made of these. Locks that were made before, or by `_thread` directly, are as they were, and are lent.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from anypickle import _locks, registry
from anypickle.channels import _road

__all__ = ["Road"]


class Road(_road.Road):
    """The names in `threading` that make locks."""

    def apply(self) -> None:
        made = _promotable()
        if made is None:
            return
        lock, rlock = made
        for ours, stock in ((lock, _locks.LOCK), (rlock, _locks.RLOCK)):
            _locks.TWINS.update({ours: stock, stock: ours})
            _locks.STAND_FOR[ours] = stock
            registry.resolve(ours)
        stock_maker: Any = threading.Lock
        if isinstance(stock_maker, type):  # as of Python 3.13
            import _thread

            self.patches.attribute(_thread, "lock", lock)  # where pickle looks for it
            self.patches.attribute(self.library, "Lock", lock)
            self.patches.attribute(self.library, "_allocate_lock", lock)
        else:
            from anypickle import _shm

            self.patches.attribute(self.library, "Lock", _shm.promotable_lock)
            self.patches.attribute(self.library, "_allocate_lock", _shm.promotable_lock)
        # What `threading.RLock()` calls, which stays the function that it is.
        self.patches.attribute(self.library, "_CRLock", rlock)


def _promotable() -> tuple[type, type] | None:
    """The types, where there is shared memory: it needs the GIL, and the main interpreter."""
    gil: Any = getattr(sys, "_is_gil_enabled", None)
    if gil is not None and not gil():
        return None
    try:
        from anypickle import _shm
    except ImportError:
        return None
    return _shm.PromotableLock, _shm.PromotableRLock
