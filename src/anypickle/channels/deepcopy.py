"""`copy.copy` and `copy.deepcopy`, and with them `dataclasses.asdict`, `sklearn.clone` and all who copy.

`deepcopy` asks its own table first, so the recipes go there: they must know that they make a copy within this
process (`Channel.COPY`), which copyreg's table can't tell them. `copy.copy` keeps what it did for whatever it could
copy; a recipe only takes the place of its TypeError.

`copy.deepcopy` itself becomes the one in C++, which keeps to the same rules, tables and memo. Whoever has taken the
stock function by name before keeps that one, and finds the recipes in its table. `copy.copy` has no table as of Python
3.14, so there it is replaced, too.
"""

from __future__ import annotations

import copyreg
import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from anypickle import _core, registry
from anypickle.channels import _road
from anypickle.crossing import crossing
from anypickle.policy import Channel, Policy

__all__ = ["Road", "as_its_base", "by_recipe", "in_its_place"]


class Road(_road.TableRoad):
    """Recipes in the two tables of the `copy` module, and its `deepcopy` in C++."""

    def __init__(self, library: ModuleType) -> None:
        super().__init__(library)
        self._copiers: dict[type, Any] = getattr(library, "_copy_dispatch", {})

    def apply(self) -> None:
        if not hasattr(self.library, "_copy_dispatch"):
            self.patches.attribute(self.library, "copy", self._with_table(self.library.copy))
        super().apply()
        self.patches.attribute(self.library, "deepcopy", _core.deepcopy)
        # It says, and is written by, the name that it is found under now.
        _core.deepcopy.__module__ = self.library.__name__
        self.patches.call(lambda: setattr(_core.deepcopy, "__module__", _core.__name__))

    def _with_table(self, stock: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """`copy.copy` with a table as it had until Python 3.14."""

        @functools.wraps(stock)
        def copy(x: Any) -> Any:
            return self._copiers.get(type(x), stock)(x)

        return copy

    def project(self, cls: type, recipe: registry.Recipe) -> None:
        if not _road.is_refused(cls, recipe):
            return
        for table, atomic, copier in (
            (self.library._deepcopy_dispatch, "_atomic_types", self._deep),
            (self._copiers, "_copy_atomic_types", self._shallow),
        ):
            if cls in getattr(self.library, atomic, ()):  # as of Python 3.14 they are in no table
                continue
            present = table.get(cls)
            if present is None or hasattr(present, "anypickle"):
                function: Any = copier(recipe)
                function.anypickle = True
                self.patches.item(table, cls, function)

    def _deep(self, recipe: registry.Recipe) -> Callable[[Any, dict[int, Any]], Any]:
        def deepcopy(x: Any, memo: dict[int, Any]) -> Any:
            own = getattr(x, "__deepcopy__", None)
            if own is not None:
                return own(memo)
            return by_recipe(x, memo, _chosen(x, recipe))

        return deepcopy

    def _shallow(self, recipe: registry.Recipe) -> Callable[[Any], Any]:
        def copy(x: Any) -> Any:
            own = getattr(type(x), "__copy__", None)
            if own is not None:
                return own(x)
            chosen = _chosen(x, recipe)
            if chosen is recipe:
                try:
                    return _rebuild(x, None, x.__reduce_ex__(4))
                except TypeError:
                    pass
            with crossing(Channel.COPY, root=x):
                try:
                    return _rebuild(x, None, chosen(x))
                except Exception as error:
                    from anypickle.explain.notes import copied

                    copied(error, [x])
                    raise

        return copy


def by_recipe(x: Any, memo: dict[int, Any], recipe: Callable[[Any], Any]) -> Any:
    """The deep copy of an object by a recipe."""
    with crossing(Channel.COPY, root=x):
        return _rebuild(x, memo, recipe(x))


def in_its_place(x: Any, memo: dict[int, Any], recipe: Callable[[Any], Any]) -> Any:
    """The same, for `_core` where the class of the object has failed; nothing while anypickle is not installed."""
    if sys.modules["copy"].deepcopy is not _core.deepcopy:
        return NotImplemented
    return by_recipe(x, memo, recipe)


def as_its_base(x: Any, memo: dict[int, Any], recipe: Callable[[Any], Any]) -> Any:
    """For `_core` an object of a class that is not in the table, but derived from one that has a recipe there.

    Attribute by attribute a copy of a condition would go on to use the original's lock. What would only be refused is
    left to its class.
    """
    if isinstance(recipe, registry.Recipe) and (
        recipe.policy_on(Channel.COPY) is Policy.REFUSE or not _road.is_refused(type(x), recipe)
    ):
        return NotImplemented
    return in_its_place(x, memo, recipe)


def _rebuild(x: Any, memo: dict[int, Any] | None, reduced: Any) -> Any:
    """Follows a reduce value as `copy` does, and a state setter as `pickle` does.

    Parts are copied by the `deepcopy` of now: that which `copy` keeps for its own use knows no derived classes, and
    comes less deep.
    """
    if isinstance(reduced, str):
        return x
    library: Any = sys.modules["copy"]
    if len(reduced) < 6 or reduced[5] is None:
        return library._reconstruct(x, memo, *reduced[:5], deepcopy=library.deepcopy)
    function, args, state, items, pairs, set_state = reduced
    y = library._reconstruct(x, memo, function, args, None, items, pairs, deepcopy=library.deepcopy)
    set_state(y, state if memo is None else library.deepcopy(state, memo))
    return y


def _chosen(x: Any, recipe: registry.Recipe) -> Callable[[Any], Any]:
    """The program's own reducer in copyreg's table, else the recipe."""
    present = copyreg.dispatch_table.get(type(x))
    return recipe if present is None or isinstance(present, registry.Recipe) else present
