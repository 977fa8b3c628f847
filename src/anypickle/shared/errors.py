"""The exceptions and the warning of shared memory."""

from __future__ import annotations

import os
import queue
import sys
import warnings
from queue import Empty, Full

from anypickle.policy import OwnerDiedWarning

__all__ = ["DamagedError", "Empty", "Full", "GoneError", "OwnerDiedWarning", "ShutDown"]


class GoneError(LookupError):
    """A handle names a shared object that nobody holds any more."""


class DamagedError(RuntimeError):
    """The memory of a shared object was overwritten with what cannot be."""


if sys.version_info >= (3, 13):
    ShutDown = queue.ShutDown
else:

    class ShutDown(Exception):
        """Raised by put and get of a queue that was shut down (`queue.ShutDown` from Python 3.13 on)."""


def warn_owner_died(lock: object, pid: int) -> None:
    """Says that `lock` was taken over from process `pid`; called by the lock types."""
    who = f"process {pid}" if pid else "a process"
    warnings.warn(
        f"{who} died while it held {lock!r}; it is now held by process {os.getpid()}, "
        "and what it guards may be half-written",
        OwnerDiedWarning,
        stacklevel=2,
    )
