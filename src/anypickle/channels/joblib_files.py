"""`joblib.dump` and what `joblib.Memory` keeps: joblib's own pickler, which takes arrays out of the stream.

It is an heir of the pickler in Python: copyreg's table has the recipes of types that have been met, and it asks here
for the others, for heirs of such types, and for functions, classes and modules that have no name to be found under.
"""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import Any

from anypickle import registry
from anypickle.channels import _road
from anypickle.crossing import crossing
from anypickle.policy import Channel

__all__ = ["Road"]


class Road(_road.Road):
    """`NumpyPickler` of `joblib.numpy_pickle`, which has no `reducer_override` of its own."""

    def apply(self) -> None:
        pickler = self.library.NumpyPickler
        self.patches.attribute(pickler, "reducer_override", reducer_override)
        self.patches.attribute(pickler, "dump", _road.told(pickler.dump, Channel.BYTES))


def reducer_override(self: Any, obj: Any) -> Any:
    """What `pickle.dump` writes while anypickle is installed, where it is not stock; the rest is joblib's affair."""
    kind = type(obj)
    if kind in _PLAIN:
        return NotImplemented
    with crossing(Channel.BYTES, shares_main=True):
        if isinstance(obj, (FunctionType, ModuleType, type)):
            reduced = registry.by_value(obj)
            return NotImplemented if reduced is None else reduced
        recipe = registry.resolve(kind)
        return NotImplemented if recipe is None else recipe(obj)


_PLAIN = frozenset(
    {type(None), bool, int, float, complex, str, bytes, tuple, list, dict, set, frozenset}
)
