"""What the counters of a process stand for: labels, given out with a place in the mapped file when a line is new.

`_core` counts, and asks here for each thing that it has not counted before (see `_Book` in _core.pyi): so a crossing
from a line that is known runs no Python.
"""

from __future__ import annotations

from types import CodeType
from typing import Any

from anypickle.crossing import FALLBACK
from anypickle.policy import Channel
from anypickle.traffic.sites import whose
from anypickle.traffic.tallies import Tallies

__all__ = ["Book"]

_WHAT = {
    "answer": "results of tasks",
    "task": "a task of a pool",
    "call": "a task of an executor",
}
_LONGEST = 120


class Book:
    """The labels of this process."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._tallies: Tallies | None = None
        self._rows: dict[int, dict[str, Any]] = {}
        self.whose = whose

    def memory(self) -> Any:
        """The memory that the numbers lie in: a file, once something crosses."""
        return self._open().memory

    def row(self, code: CodeType | None, line: int, channel: Channel, what: str, root: Any) -> int:
        """The place of a line of the program (or of none), by channel."""
        place = {
            "file": code.co_filename if code else "",
            "line": line,
            "function": code.co_qualname if code else "",
            "channel": str(channel),
        }
        told = "a process that is started" if channel is Channel.SPAWN else _WHAT.get(what)
        key = ("site", *place.values())
        offset = self._open().slot(key, {"of": "site", **place, "what": told or _name(type(root))})
        self._rows[offset] = place
        return offset

    def met(self, row: int, kind: str, policy: str) -> int:
        """The place of a kind of objects and the policy that they crossed by."""
        return self._detail(row, "fallback" if policy == FALLBACK else "policy", kind, str(policy))

    def failed(self, row: int, error: BaseException) -> int:
        """The place of an error."""
        told = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:_LONGEST]}"
        return self._detail(row, "error", told, str(getattr(error, "path", ""))[:_LONGEST])

    def again(self, row: int, obj: Any, where: int, size: int) -> int:
        """The place of an object, or a payload (None), that this line sends again."""
        what = "a payload" if obj is None else _name(type(obj))
        return self._detail(row, "again", what, f"{where:x}", size=size)

    def _detail(self, row: int, of: str, first: str, second: str, **more: Any) -> int:
        key = (of, row, first, second)
        tallies = self._open()
        known = tallies.known(key)
        if known is not None:
            return known
        label = {"of": of, **self._rows[row], "first": first, "second": second, **more}
        return tallies.slot(key, label)

    def _open(self) -> Tallies:
        if self._tallies is None:
            try:
                self._tallies = Tallies(self._folder)
            except OSError:  # the run is over, or the disk is full: the program goes on uncounted
                self._tallies = Tallies(None)
        return self._tallies


def _name(cls: type) -> str:
    module = cls.__module__
    return cls.__qualname__ if module == "builtins" else f"{module}.{cls.__qualname__}"
