"""Replace attributes of other people's classes and modules, and put them back as they were.

    patches = Patches()
    patches.set(Model, "__reduce__", reduce)
    patches.revert()        # exactly what was there, or nothing where nothing was

The newest replacement is taken back first. One that somebody else has replaced again in the meantime is
left to them.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Patches"]

_NOTHING = object()


class Patches:
    """The attributes that one integration has replaced."""

    def __init__(self) -> None:
        self._made: list[tuple[Any, str, Any, Any]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute of a class or a module, remembering its own."""
        self._made.append((owner, name, vars(owner).get(name, _NOTHING), value))
        setattr(owner, name, value)

    def delete(self, owner: Any, name: str) -> None:
        """Take an attribute away, so that what is inherited shows, if it has it of its own."""
        if name in vars(owner):
            self._made.append((owner, name, vars(owner)[name], _NOTHING))
            delattr(owner, name)

    def revert(self) -> None:
        """Put back everything."""
        while self._made:
            owner, name, before, ours = self._made.pop()
            if vars(owner).get(name, _NOTHING) is not ours:
                continue
            if before is _NOTHING:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
