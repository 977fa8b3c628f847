"""Classes that random pickle programs may make, call and fill: nothing that they do reaches outside."""

from __future__ import annotations

from typing import Any, NamedTuple


class Plain:
    """Takes any state."""


class Slotted:
    """Has places for two attributes."""

    __slots__ = ("a", "b")


class Setting:
    """Keeps what its __setstate__ is given."""

    def __setstate__(self, state: Any) -> None:
        self.given = state


class Guarded:
    """Has a property among its attributes and counts what is set."""

    count = 0

    @property
    def a(self) -> int:
        """How often it was set."""
        return self.count

    @a.setter
    def a(self, value: Any) -> None:
        self.count += 1


class Pair(NamedTuple):
    """Two fields, one with a default."""

    left: Any
    right: Any = None


class Filling:
    """Behaves like a list, a dict and a set, and says in which order it was filled."""

    def __init__(self, *args: Any) -> None:
        self.log: list[Any] = [args]

    def append(self, item: Any) -> None:
        """As a list."""
        self.log.append(("append", item))

    def __setitem__(self, key: Any, value: Any) -> None:
        self.log.append((key, value))

    def add(self, item: Any) -> None:
        """As a set."""
        self.log.append(("add", item))


class Extending(Filling):
    """Prefers whole lists."""

    def extend(self, items: Any) -> None:
        """As a list."""
        self.log.append(list(items))


class Words(dict[Any, Any]):
    """A dict of another type."""


class Row(list[Any]):
    """A list of another type."""


def collect(*args: Any) -> list[Any]:
    """What it was called with."""
    return list(args)


def refuse(*args: Any) -> None:
    """Raises."""
    raise LookupError(len(args))


NAMES = [
    "Plain", "Slotted", "Setting", "Guarded", "Pair", "Filling", "Extending", "Words", "Row", "collect", "refuse",
    "Plain.__name__", "missing", "Filling.append",
]  # fmt: skip
