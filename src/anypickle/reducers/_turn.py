"""One thread at a time, for reducers that change what they look at.

    with turn:
        position = text.tell()

Two threads that dump one text file at once would each see the read-ahead that the other one is about to give back. Held
where nothing waits for another thread: the lock is one for all.
"""

from __future__ import annotations

import _thread
import os
from types import TracebackType

__all__ = ["turn"]


class _Turn:
    def __init__(self) -> None:
        self._renew()
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        """Another thread of the parent may have had its turn at the moment of the fork."""
        self._lock = _thread.RLock()  # not threading's, which may be ours

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()


turn = _Turn()
