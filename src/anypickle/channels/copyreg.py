"""copyreg's table: read by the C and the Python `pickle`, and by nearly every pickler that somebody built on them.

A reducer that the program itself put there is the program's choice and stays. Types that pickle handles by itself
never look into this table, so what could cross before crosses as before.
"""

from __future__ import annotations

import copyreg

from anypickle import registry
from anypickle.channels import _road

__all__ = ["Road"]


class Road(_road.TableRoad):
    """Recipes in `copyreg.dispatch_table`."""

    def project(self, cls: type, recipe: registry.Recipe) -> None:
        present = copyreg.dispatch_table.get(cls)
        if not _road.is_refused(cls, recipe):
            return
        if present is None or isinstance(present, registry.Recipe):
            self.patches.item(copyreg.dispatch_table, cls, recipe)
