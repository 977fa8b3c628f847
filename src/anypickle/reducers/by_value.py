"""Functions and classes that can't be found by name where they arrive, or must not be: whether and how they cross.

The codec asks here for what its own look-up by name did not find, and for everything that lives in `__main__` or in a
module that the user registered. None is the answer where stock pickle is right.
"""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import Any

from anypickle import _rebuild
from anypickle._locks import STAND_FOR
from anypickle.crossing import Crossing
from anypickle.policy import Channel
from anypickle.registry import BY_VALUE_MODULES

__all__ = ["MAINS", "found_by_name", "goes_by_value", "reduce"]

MAINS = frozenset({"__main__", "__mp_main__"})
"""The names of the program's own module; the second is what multiprocessing calls it in its children."""


def reduce(obj: Any, crossing: Crossing) -> str | tuple[Any, ...] | None:
    """The reduce value of a function, class or module, or None where stock pickle is right."""
    if isinstance(obj, FunctionType):
        if stays_by_name(obj, crossing):
            return None
        from anypickle.reducers import functions

        return functions.reduce(obj, crossing)
    if isinstance(obj, type):
        if stays_by_name(obj, crossing):
            return None
        if obj in STAND_FOR:
            return _rebuild.reduced("locks:class_of", STAND_FOR[obj].__name__)
        from anypickle.reducers import classes

        return classes.reduce(obj, crossing)
    if isinstance(obj, ModuleType):
        from anypickle.reducers import modules

        return modules.reduce(obj, crossing)
    return None


def stays_by_name(obj: Any, crossing: Crossing) -> bool:
    """Whether the other side finds this very object under its own name."""
    module = getattr(obj, "__module__", None)
    if not isinstance(module, str) or not found_by_name(obj, module):
        return False
    if module in MAINS:
        if not (crossing.shares_main or crossing.channel is Channel.SPAWN):
            return False
        from anypickle.reducers import main_module

        return main_module.is_run_again(obj)
    return not goes_by_value(module) and _can_be_imported(module, crossing)


def _can_be_imported(module: str, crossing: Crossing) -> bool:
    from anypickle.reducers import modules

    found = sys.modules[module]
    return getattr(found, "__spec__", None) is not None or modules.is_importable(found, crossing)


def found_by_name(obj: Any, module: str) -> bool:
    """Whether this process finds the object under its own name."""
    found: Any = sys.modules.get(module)
    if found is None:
        return False
    for part in obj.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is obj


def goes_by_value(module: str) -> bool:
    """Whether the user registered this module, or a package that it is in."""
    while module:
        if module in BY_VALUE_MODULES:
            return True
        module = module.rpartition(".")[0]
    return False
