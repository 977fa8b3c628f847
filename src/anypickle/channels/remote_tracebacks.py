"""The text of a worker's traceback, which becomes the cause of the error that comes back: without our note.

The error itself has the note, and Python shows both.
"""

from __future__ import annotations

from typing import Any

from anypickle.channels import _road

__all__ = ["Road"]


class Road(_road.Road):
    """`multiprocessing.pool`, `concurrent.futures.process`, loky's `process_executor` and its copy in joblib."""

    def apply(self) -> None:
        for name in ("RemoteTraceback", "_RemoteTraceback"):
            cls = getattr(self.library, name, None)
            if cls is not None and "__init__" in vars(cls):
                self._patch(cls)

    def _patch(self, cls: Any) -> None:
        stock = cls.__init__

        def __init__(self: Any, tb: Any) -> None:
            if isinstance(tb, str):
                from anypickle.explain.notes import without

                tb = without(tb)
            stock(self, tb)

        self.patches.attribute(cls, "__init__", __init__)
