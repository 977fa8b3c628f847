"""joblib's multiprocessing backend: its pool has a pickler of its own, for the sake of memory-mapped arrays."""

from __future__ import annotations

from typing import Any

from anypickle import _core
from anypickle.channels import _road, handing
from anypickle.channels.multiprocessing import road_to_child
from anypickle.crossing import crossing

__all__ = ["Road"]


class Road(_road.Road):
    """`joblib.pool`, which looks its pickler up by name each time."""

    def apply(self) -> None:
        self.patches.attribute(self.library, "CustomizablePickler", CustomizablePickler)


class CustomizablePickler(_core.Pickler):
    """As joblib's: reducers by exact type go first."""

    def __init__(self, writer: Any, reducers: Any = None, protocol: int = _core.HIGHEST_PROTOCOL):
        super().__init__(writer, protocol)
        self.dispatch_table = handing.table(reducers or {})

    def register(self, type: type, reduce_func: Any) -> None:
        """Adds a reducer for one type."""
        self.dispatch_table = {**self.dispatch_table, type: reduce_func}

    def dump(self, obj: Any, /) -> None:
        with crossing(road_to_child(), root=obj, arms=True, shares_main=True):
            super().dump(obj)
