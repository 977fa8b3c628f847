"""Large payloads that are equal: two copies of one array cross as two, though one would do."""

from __future__ import annotations

from typing import Any

__all__ = ["Payloads"]


class Payloads:
    """What a walk has met of large payloads, by their size. Nothing is copied; they live as long as the walk."""

    def __init__(self) -> None:
        self._known: dict[int, list[tuple[Any, str]]] = {}

    def first(self, payload: Any, size: int, path: str) -> str | None:
        """The path of an earlier payload with the same bytes; None for the first of them.

        Args:
            payload: A string, or anything with a buffer.
            size: In bytes.
            path: Where it is.
        """
        mine = payload if isinstance(payload, str) else memoryview(payload).cast("B")
        same = self._known.setdefault(size, [])
        for other, where in same:
            if type(other) is type(mine) and other == mine:
                return where
        same.append((mine, path))
        return None
