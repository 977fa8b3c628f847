"""loky, joblib's default backend: the module to name in `LOKY_PICKLER`, and the road that chooses it by itself.

    LOKY_PICKLER=anypickle.channels.loky python script.py

loky wants a `Pickler` that it can derive from and give a `dispatch_table`; joblib's memory-mapping lives in that
table, and comes first. The name travels with each task, so workers answer through the same pickler.
"""

from __future__ import annotations

from typing import Any

from anypickle import _core
from anypickle._core import Unpickler, dump, dumps, load, loads
from anypickle.channels import _road, handing
from anypickle.channels.multiprocessing import outgoing, road_to_child
from anypickle.crossing import crossing

__all__ = ["Pickler", "Road", "Unpickler", "dump", "dumps", "load", "loads"]

_DEFAULTS = ("cloudpickle", "pickle")


class Pickler(_core.Pickler):
    """Writes tasks, results and worker processes, which are armed by what they are sent."""

    def __init__(self, file: Any, protocol: int | None = None) -> None:
        super().__init__(file, protocol)
        self.dispatch_table = handing.table()

    def dump(self, obj: Any, /) -> None:
        with crossing(road_to_child(), root=obj, arms=True):
            super().dump(outgoing(obj))


class Road(_road.Road):
    """`loky.backend.reduction`, or the copy in joblib: our pickler where the user has not chosen another."""

    def apply(self) -> None:
        reduction: Any = self.library
        if reduction._loky_pickler_name not in _DEFAULTS:
            return
        before = (reduction._LokyPickler, reduction._loky_pickler_name)
        reduction.set_loky_pickler(__name__)

        def undo() -> None:
            if reduction._loky_pickler_name == __name__:
                reduction._LokyPickler, reduction._loky_pickler_name = before

        self.patches.call(undo)
