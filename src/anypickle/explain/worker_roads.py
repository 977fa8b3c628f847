"""What a worker is handed by multiprocessing itself, for a walk that opens nothing and starts no thread.

`multiprocessing` has reducers of its own for sockets and connections, and its locks and queues cross while a process is
being started and at no other time. The pickler of a channel knows that from its table and from the process that is
being started; a walk has neither, so it gets stand-ins for both.
"""

from __future__ import annotations

import copyreg
import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from anypickle.policy import Channel

__all__ = ["starting", "table"]


class _Starting:
    """Stands for the process that is being started: what it is given crosses, and nothing is duplicated for it."""

    @staticmethod
    def duplicate_for_child(descriptor: int) -> int:
        """The number that the descriptor would have there."""
        return descriptor

    @staticmethod
    def DupFd(descriptor: int) -> tuple[str, int]:
        """What would be written for the descriptor."""
        return ("descriptor", descriptor)


@contextmanager
def starting(channel: Channel) -> Iterator[None]:
    """For its time this thread starts a process, as far as multiprocessing's own objects can tell."""
    context: Any = sys.modules.get("multiprocessing.context")
    if channel is not Channel.SPAWN or context is None or context.get_spawning_popen() is not None:
        yield
        return
    context.set_spawning_popen(_Starting())
    try:
        yield
    finally:
        context.set_spawning_popen(None)


def table(channel: Channel, shared: Callable[[Any], object]) -> dict[type, Any] | None:
    """The reducers that multiprocessing has for what it sends; None where it sends nothing.

    Args:
        channel: The road that is walked.
        shared: Told of each object that would be duplicated for the other side, in the place of doing so.
    """
    reduction: Any = sys.modules.get("multiprocessing.reduction")
    if reduction is None or channel not in (Channel.SPAWN, Channel.TASK):
        return None

    def duplicated(obj: Any) -> tuple[Any, ...]:
        if obj.fileno() < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        shared(obj)
        return object, ()

    made: dict[type, Any] = dict(copyreg.dispatch_table)
    for cls, reducer in reduction.ForkingPickler._extra_reducers.items():
        module = getattr(reducer, "__module__", "")
        if module.startswith("multiprocessing.") and hasattr(cls, "fileno"):
            made[cls] = duplicated
        elif module == "multiprocessing.reduction" or (
            module.startswith("multiprocessing.") and channel is Channel.TASK
        ):
            continue  # methods and the like, which our own recipes know; memory, which no task carries
        else:
            made[cls] = reducer  # the program's own
    return made
