"""What a function `make_x` of `cases/` gives that has more to say than the object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """An object that needs more than to be made."""

    obj: Any
    policies: Mapping[type | str, str] | None = None
    secret: str = ""
    """What must not be found in the bytes."""
    after: Callable[[], object] | None = None
    """Called when the object was dumped."""
