"""What every channel is made of: `apply()` opens a road for one library, `revert()` closes it without a trace.

    class Road(_road.TableRoad):            # in channels/copyreg.py
        def project(self, cls, recipe):
            self.patches.item(copyreg.dispatch_table, cls, recipe)

A road is made for one module of a library when that module has been imported; `anypickle.channels.TABLE` says which.
"""

from __future__ import annotations

from types import ModuleType

from anypickle import registry
from anypickle.channels._patches import Patches

__all__ = ["Road", "TableRoad"]


class Road:
    """Changes to one module, as long as anypickle is installed."""

    def __init__(self, library: ModuleType) -> None:
        self.library = library
        self.patches = Patches()

    def apply(self) -> None:
        """Makes the changes."""
        raise NotImplementedError

    def revert(self) -> None:
        """Takes them back."""
        self.patches.revert()


class TableRoad(Road):
    """A road that has a table of its own, from types to functions: every recipe goes into it."""

    def apply(self) -> None:
        self.patches.call(registry.watch(self.project))
        for cls, recipe in registry.bound().items():
            self.project(cls, recipe)

    def project(self, cls: type, recipe: registry.Recipe) -> None:
        """Puts one recipe into the table."""
        raise NotImplementedError
