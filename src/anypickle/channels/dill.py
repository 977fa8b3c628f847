"""dill, which asks a table of its own before copyreg's: multiprocess, pathos and Parsl pickle with it.

Left to itself it brings a held lock back held, with nobody who could release it, and an `RLock` that nobody can ever
acquire. How it takes functions, classes and modules apart is its own affair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anypickle import registry
from anypickle.channels import _road

__all__ = ["Road"]

_LEFT_ALONE = frozenset({"builtins", "types", "typing", "functools", "weakref", "dataclasses"})


class Road(_road.TableRoad):
    """`dill.Pickler.dispatch`: functions that save an object with a pickler."""

    def project(self, cls: type, recipe: registry.Recipe) -> None:
        if recipe.kind.partition(":")[0] not in _LEFT_ALONE:
            self.patches.item(self.library.Pickler.dispatch, cls, _saver(recipe))


def _saver(recipe: registry.Recipe) -> Callable[[Any, Any], None]:
    def save(pickler: Any, obj: Any) -> None:
        reduced = recipe(obj)
        if isinstance(reduced, str):
            pickler.save_global(obj, reduced)
        else:
            pickler.save_reduce(*reduced, obj=obj)

    return save
