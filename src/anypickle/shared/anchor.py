"""One shared memory for a program and all the processes that it starts.

What a process puts into memory of its own is gone with it: a queue that it sends back in its last message could not
be attached any more. So a process joins the memory of the one that starts it, and what it makes lies there.

Where no shared memory is to be had (`ulimit -f`, no descriptors left) a process starts without: who needs it is told.
"""

from __future__ import annotations

import contextlib
from typing import Any

from anypickle.shared import handles
from anypickle.shared.errors import GoneError
from anypickle.shared.locks import Event

__all__ = ["Anchor", "anchor"]

_made: list[Event] = []


def anchor() -> Anchor | None:
    """Something small in this process's shared memory; whoever rebuilds it has joined that memory."""
    if not _made:
        try:
            _made.append(Event())
        except (OSError, MemoryError):
            return None
    return Anchor()


class Anchor:
    """Stands for the shared memory of this process in a stream."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return _join, handles.reduce(_made[0])[1]


def _join(*handle: Any) -> None:
    with contextlib.suppress(GoneError, OSError):
        handles.attach(*handle)
