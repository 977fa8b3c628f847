"""`joblib.dump` and what `joblib.Memory` keeps: joblib's own pickler, which takes arrays out of the stream.

It is an heir of the pickler in Python, so the recipes reach it through copyreg's table; functions, classes and modules
that have no name to be found under it asks for here.
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
        self.patches.attribute(self.library.NumpyPickler, "reducer_override", reducer_override)


def reducer_override(self: Any, obj: Any) -> Any:
    """What goes by value, as `pickle.dump` writes it while anypickle is installed; the rest is joblib's affair."""
    if not isinstance(obj, (FunctionType, ModuleType, type)):
        return NotImplemented
    with crossing(Channel.BYTES, shares_main=True):
        reduced = registry.by_value(obj)
    return NotImplemented if reduced is None else reduced
