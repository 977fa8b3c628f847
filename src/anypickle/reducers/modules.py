"""Modules: imported again where they can be; those that a program made cross by value with what they hold.

A module without a spec that lies in an importable package may have been made by that package's import, as single-file
packages and extension modules do, or by the program afterwards. It goes by name and by value: where the package brings
one of that name along it is that one, and what was sent is left alone.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Channel, Policy
from anypickle.registry import recipe

__all__ = ["is_importable", "make", "reduce"]


@recipe(
    ModuleType,
    policy=Policy.REFERENCE,
    subclasses=True,
    meaning="the module of that name; one that a program made, by value",
)
def reduce_module(module: ModuleType, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    return reduce(module, crossing)


def reduce(module: ModuleType, crossing: Crossing) -> tuple[Any, ...]:
    """The reduce value of a module."""
    if is_importable(module, crossing):
        return importlib.import_module, (module.__name__,)
    from anypickle.reducers.namespaces import belongs_to

    belongs_to(module)
    contents = {name: value for name, value in vars(module).copy().items() if name not in _LEFT_OUT}
    if _may_come_with_its_package(module, crossing):
        made = _rebuild.reduced("modules:of_package", module.__name__, module.__doc__)
        return (*made, contents, None, None, fill)
    return (*_rebuild.reduced("modules:make", module.__name__, module.__doc__), contents)


def make(name: str, doc: str | None) -> ModuleType:
    """A module that the program made; what it holds follows."""
    made = ModuleType(name, doc)
    vars(made)["__builtins__"] = vars(sys.modules["builtins"])
    return made


def of_package(name: str, doc: str | None) -> ModuleType:
    """The module of this name that its package makes when it is imported, or a new one, which `fill` completes."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return make(name, doc)


def fill(module: ModuleType, contents: dict[str, Any]) -> None:
    """Puts what was sent into a module, unless it is this process's own."""
    if sys.modules.get(module.__name__) is not module:
        vars(module).update(contents)


def _may_come_with_its_package(module: ModuleType, crossing: Crossing) -> bool:
    package = sys.modules.get(module.__name__.rpartition(".")[0])
    return (
        package is not None
        and sys.modules.get(module.__name__) is module
        and is_importable(package, crossing)
    )


def is_importable(module: ModuleType, crossing: Crossing) -> bool:
    """Whether the import system of another process finds a module of this name."""
    from anypickle.reducers.by_value import MAINS, goes_by_value

    name = module.__name__
    if sys.modules.get(name) is not module:
        return False
    if name in MAINS:
        return crossing.shares_main or crossing.channel is Channel.SPAWN
    if goes_by_value(name):
        return False
    spec = getattr(module, "__spec__", None)
    if spec is not None and (
        spec.origin is not None or spec.submodule_search_locations is not None
    ):
        return True
    package, _, last = name.rpartition(".")
    if package in sys.modules and getattr(sys.modules[package], last, None) is module:
        return is_importable(sys.modules[package], crossing)  # os.path, six.moves
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False


_LEFT_OUT = frozenset({"__builtins__", "__loader__", "__spec__", "__name__", "__doc__"})
