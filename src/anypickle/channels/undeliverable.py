"""Tasks, results and exceptions that can't be pickled by a worker, or not be unpickled where they arrive.

Each would be the end of a pool that has other tasks: a stock `Pool` waits for ever then, executors break. Here the
task gets an error that names what could not cross, and its pool goes on.
"""

from __future__ import annotations

import contextlib
import pickletools
from collections.abc import Iterator
from typing import Any

from anypickle.reducers.exceptions import RemoteError, named

__all__ = ["first_numbers", "stand_in", "tell", "unreadable"]


def stand_in(failure: Any, blocker: Exception) -> Any:
    """What goes in the place of a task's exception, or of the wrapper that a pool puts around it with its traceback."""
    error = RemoteError(
        f"{named(getattr(failure, 'exc', failure))}, which could not cross: {blocker}"
    )
    tell(blocker, error)
    if not hasattr(failure, "exc"):
        return error
    failure.exc = error
    return failure


def tell(blocker: BaseException, error: BaseException) -> None:
    """Gives an error the note of the one that it stands for, without the object that could not cross."""
    from anypickle.explain.notes import passed_on

    passed_on(blocker, error)
    vars(error).pop("object", None)


def unreadable(error: Exception, what: str) -> Exception:
    """An error of unpickling for who waits for the task: the "task" that it was for its worker, or its "result"."""
    where = "in the worker" if what == "task" else "here: the task itself has ended"
    error.add_note(f"anypickle: the {what} could not be unpickled {where}")
    return error


def first_numbers(data: bytes | memoryview) -> Iterator[int]:
    """The numbers that a message begins with: a `Pool`'s with two, the task's and its index, an executor's with one."""
    with contextlib.suppress(ValueError):  # the rest of it is missing
        for code, value, _ in pickletools.genops(bytes(data)):
            if type(value) is int and code.name.startswith(("BININT", "INT", "LONG")):
                yield value
