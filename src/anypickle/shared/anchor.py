"""One shared memory for a program and all the processes that it starts.

What a process puts into memory of its own is gone with it: a queue that it sends back in its last message could not
be attached any more. So a process joins the memory of the one that starts it, and what it makes lies there.
"""

from __future__ import annotations

from anypickle.shared.locks import Event

__all__ = ["anchor"]

_made: list[Event] = []


def anchor() -> Event:
    """Something small in this process's shared memory; whoever attaches it has joined that memory."""
    if not _made:
        _made.append(Event())
    return _made[0]
