"""Sends an object to a fresh process and back: the test of a crossing that leaves no doubt."""

from __future__ import annotations

import copy
import multiprocessing
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["LostError", "there_and_back"]


class LostError(AssertionError):
    """The other process died, or said nothing within the time."""


def there_and_back(obj: Any, to: str = "spawn", timeout: float = 60.0) -> Any:
    """The object as it comes back from a process that was started with it.

    Args:
        obj: The object.
        to: A start method of multiprocessing, or `copy`.
        timeout: Seconds to wait for the answer.

    Raises:
        LostError: No answer.
        Exception: What the pickler raised on this side or on the other.
    """
    import anypickle

    with anypickle.installed():
        if to == "copy":
            return copy.deepcopy(obj)
        context: Any = multiprocessing.get_context(to)
        here, there = context.Pipe()
        process = context.Process(target=_answer, args=(there, obj), daemon=True)
        try:
            process.start()
            there.close()
            if not here.poll(timeout):
                raise LostError(f"no answer from a {to} process within {timeout:g} s")
            try:
                failed, value = here.recv()
            except EOFError:
                process.join(timeout)
                raise LostError(
                    f"the {to} process died with exit code {process.exitcode}"
                ) from None
            if failed:
                raise value
            return value
        finally:
            here.close()
            if process.pid is not None:
                process.join(1)
                process.kill()
                process.join()
                process.close()


def _answer(connection: Connection, obj: Any) -> None:
    try:
        connection.send((False, obj))
    except Exception as error:
        connection.send((True, error))
    finally:
        connection.close()
