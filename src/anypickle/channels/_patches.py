"""Changes to other people's tables, remembered so that each can be taken back exactly.

    patches = Patches()
    patches.item(copyreg.dispatch_table, Lock, reduce_lock)
    patches.attribute(ForkingPickler, "dump", dump)
    patches.revert()        # the same objects in the same order as before

What somebody else has changed in the meantime is theirs and stays.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

__all__ = ["Patches"]

_ABSENT: Any = object()


class Patches:
    """What one channel has changed, newest last."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def item(self, table: MutableMapping[Any, Any], key: Any, value: Any) -> None:
        """Sets `table[key]`."""
        before = table.get(key, _ABSENT)
        table[key] = value

        def undo() -> None:
            if table.get(key, _ABSENT) is not value:
                return
            if before is _ABSENT:
                del table[key]
            else:
                table[key] = before

        self._undo.append(undo)

    def attribute(self, owner: Any, name: str, value: Any) -> None:
        """Sets `owner.name` for a class or a module; descriptors are kept as they are."""
        before = vars(owner).get(name, _ABSENT)
        setattr(owner, name, value)

        def undo() -> None:
            if vars(owner).get(name, _ABSENT) is not value:
                return
            if before is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)

        self._undo.append(undo)

    def delete(self, owner: Any, name: str) -> None:
        """Takes `owner.name` away, where it has one of its own, so that what it inherits shows."""
        before = vars(owner).get(name, _ABSENT)
        if before is _ABSENT:
            return
        delattr(owner, name)

        def undo() -> None:
            if name not in vars(owner):
                setattr(owner, name, before)

        self._undo.append(undo)

    def call(self, undo: Callable[[], None]) -> None:
        """Has `undo` called in its turn."""
        self._undo.append(undo)

    def revert(self) -> None:
        """Takes everything back, the newest first."""
        while self._undo:
            self._undo.pop()()
