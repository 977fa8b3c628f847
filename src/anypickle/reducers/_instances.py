"""What recipes for ordinary Python classes share: an instance without `__init__`, and the rest of its attributes.

def reduce_event(event, policy, crossing):
    return _rebuild.reduced("locks:event", type(event), event.is_set(), state=rest(event, threading.Event()))
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["as_stock", "bare", "rest"]


def bare(cls: Any) -> Any:
    """An instance of `cls` whose `__init__` has not run."""
    return cls.__new__(cls)


def rest(obj: Any, without: Iterable[str]) -> dict[str, Any] | None:
    """The attributes in the object's `__dict__` but for those that the rebuilder makes; None if there are none."""
    known = set(without)
    return {k: v for k, v in vars(obj).copy().items() if k not in known} or None


def as_stock(obj: Any) -> tuple[Any, ...]:
    """What stock pickle writes for an instance, for recipes that only step in at times."""
    reduced: Any = object.__reduce_ex__(obj, 4)
    return reduced  # type: ignore[no-any-return]
