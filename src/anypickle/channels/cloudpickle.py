"""cloudpickle, and each copy of it that another library brings along (Ray, PySpark, Beam).

Its table of its own goes before copyreg's, so recipes for what it names itself are written into that table:
it turns a text file into a `StringIO` and loses a logger's handlers otherwise. How it takes functions and classes apart
is left alone. It is the pickler of engines: what it writes is a task, and arms who rebuilds it.
"""

from __future__ import annotations

from typing import Any

from anypickle import registry
from anypickle.channels import _road
from anypickle.crossing import FALLBACK, crossing, noted
from anypickle.policy import Channel

__all__ = ["Road"]

_LEFT_ALONE = frozenset({"builtins", "types", "typing", "abc", "dataclasses", "collections"})


class Road(_road.TableRoad):
    """One copy's `Pickler`."""

    def apply(self) -> None:
        super().apply()
        pickler = self.library.Pickler
        stock_dump = pickler.dump

        def dump(self: Any, obj: Any) -> Any:
            with crossing(Channel.TASK, root=obj, arms=True):
                noted("cloudpickle", FALLBACK)
                try:
                    return stock_dump(self, obj)
                except Exception as error:
                    from anypickle.explain.notes import looked_for

                    looked_for(error, obj, Channel.TASK)
                    raise

        self.patches.attribute(pickler, "dump", dump)

    def project(self, cls: type, recipe: registry.Recipe) -> None:
        table = self.library.Pickler._dispatch_table
        if cls in table and recipe.kind.partition(":")[0] not in _LEFT_ALONE:
            self.patches.item(table, cls, recipe)
