"""dill, which asks a table of its own before copyreg's: multiprocess, pathos and Parsl pickle with it.

Left to itself it brings a held lock back held, with nobody who could release it, and an `RLock` that nobody can ever
acquire. How it takes functions, classes and modules apart is its own affair.

Its table is by exact type, so classes derived from those that have a recipe are met in `reducer_override`, which the
pickler in Python asks first: an exception that wants an argument by name would hang the pool that it is a result of.

Its import also writes what it does into the table of the pickler in Python, `pickle._Pickler`, whose heirs (joblib's)
may have copies of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from anypickle import registry
from anypickle.channels import _road
from anypickle.policy import Channel

__all__ = ["Road"]

_LEFT_ALONE = frozenset({"builtins", "types", "typing", "functools", "weakref", "dataclasses"})


class Road(_road.TableRoad):
    """`dill.Pickler.dispatch`: functions that save an object with a pickler."""

    def apply(self) -> None:
        super().apply()
        pickler = self.library.Pickler
        self.patches.attribute(pickler, "dump", _road.told(pickler.dump, Channel.BYTES))
        if not hasattr(pickler, "reducer_override"):
            self.patches.attribute(pickler, "reducer_override", _reduce_derived)

    def project(self, cls: type, recipe: registry.Recipe) -> None:
        if recipe.kind.partition(":")[0] in _LEFT_ALONE:
            return
        saver = _saver(recipe)
        self.patches.item(self.library.Pickler.dispatch, cls, saver)
        for table in self._extended(self.library.StockPickler):
            if (getattr(table.get(cls), "__module__", None) or "").startswith("dill."):
                self.patches.item(table, cls, saver)

    def _extended(self, pickler: Any) -> Iterator[Any]:
        """The tables of a class and its heirs, but for dill's own, which shows through to whoever has none."""
        if pickler is not self.library.Pickler and "dispatch" in vars(pickler):
            yield pickler.dispatch
        for heir in pickler.__subclasses__():
            yield from self._extended(heir)


def _reduce_derived(self: Any, obj: Any) -> Any:
    """The reduce value of an object whose class only derives from one that has a recipe; the rest is dill's affair."""
    kind = type(obj)
    if kind in _PLAIN or kind in self.dispatch or isinstance(obj, type):
        return NotImplemented
    recipe = registry.resolve(kind)
    if recipe is None or not (
        isinstance(obj, BaseException) or recipe.kind.partition(":")[0] not in _LEFT_ALONE
    ):
        return NotImplemented
    return recipe(obj)


_PLAIN = frozenset(
    {type(None), bool, int, float, complex, str, bytes, tuple, list, dict, set, frozenset}
)


def _saver(recipe: registry.Recipe) -> Callable[[Any, Any], None]:
    def save(pickler: Any, obj: Any) -> None:
        reduced = recipe(obj)
        if isinstance(reduced, str):
            pickler.save_global(obj, reduced)
        else:
            pickler.save_reduce(*reduced, obj=obj)

    return save
