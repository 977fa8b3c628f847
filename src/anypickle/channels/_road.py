"""What every channel is made of: `apply()` opens a road for one library, `revert()` closes it without a trace.

    class Road(_road.TableRoad):            # in channels/copyreg.py
        def project(self, cls, recipe):
            self.patches.item(copyreg.dispatch_table, cls, recipe)

A road is made for one module of a library when that module has been imported; `anypickle.channels.TABLE` says which.
"""

from __future__ import annotations

import functools
import types
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

from anypickle import registry
from anypickle.channels._patches import Patches
from anypickle.policy import Channel

__all__ = ["Road", "TableRoad", "is_refused", "told"]


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


def told(dump: Callable[[Any, Any], Any], channel: Channel) -> Callable[[Any, Any], Any]:
    """The `dump` of a pickler in Python, whose errors say where the object is and what to do."""

    @functools.wraps(dump)
    def with_note(self: Any, obj: Any) -> Any:
        try:
            return dump(self, obj)
        except Exception as error:
            from anypickle.explain.notes import traced

            traced(error, obj, channel)
            raise

    return with_note


def is_refused(cls: type, recipe: registry.Recipe) -> bool:
    """Whether a recipe says what stock pickle can't, or its user wants it; else pickle's own way is kept.

    Descriptors are left out although pickle refuses them: they only matter in classes by value, which are not sent
    through other people's picklers.
    """
    if recipe.origin != "anypickle":
        return True
    if cls in weakref.ProxyTypes or cls in _DESCRIPTORS:
        return False
    return not any(
        name in vars(base)
        for base in cls.__mro__[:-1]
        for name in ("__reduce__", "__reduce_ex__")
        if base.__module__ != "_io"  # whose own only raise, as of Python 3.12
    )


_DESCRIPTORS = frozenset(
    {staticmethod, classmethod, property}
    | {types.MethodDescriptorType, types.ClassMethodDescriptorType, types.WrapperDescriptorType}
    | {types.GetSetDescriptorType, types.MemberDescriptorType}
)


class TableRoad(Road):
    """A road that has a table of its own, from types to functions: every recipe goes into it."""

    def apply(self) -> None:
        self.patches.call(registry.watch(self.project))
        for cls, recipe in registry.bound().items():
            self.project(cls, recipe)

    def project(self, cls: type, recipe: registry.Recipe) -> None:
        """Puts one recipe into the table."""
        raise NotImplementedError
