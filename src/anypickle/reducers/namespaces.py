"""The globals of functions that cross by value.

Functions of one module that cross in one stream share one namespace where they arrive, apart from every other namespace
there, holding what they refer to. Functions of an installed package (a wrapper that a decorator of its made) get that
package's own module instead: its registries and locks are there already.
"""

from __future__ import annotations

import os
import sys
import weakref
from pathlib import Path
from types import ModuleType
from typing import Any

from anypickle import _core
from anypickle.reducers.by_value import MAINS, goes_by_value

__all__ = ["belongs_to", "namespace_of"]


def namespace_of(globals_: dict[str, Any]) -> str | ModuleType | dict[str, Any]:
    """What stands for these globals: the name of an installed module, a dynamic module, or a dict to begin with."""
    owner = _dynamic.get(id(globals_))
    if owner is not None and (module := owner()) is not None:
        return module
    name = globals_.get("__name__")
    found = sys.modules.get(name) if isinstance(name, str) else None
    if isinstance(found, ModuleType) and vars(found) is globals_ and _is_installed(found):
        return _base(globals_) if _is_instrumented(globals_) else str(name)
    return _base(globals_)


def belongs_to(module: ModuleType) -> None:
    """Functions whose globals are the contents of this dynamic module will arrive in it."""
    key = id(vars(module))
    if key not in _dynamic:
        _dynamic[key] = weakref.ref(module, lambda _: _dynamic.pop(key, None))
        _core.registry_changed()


_dynamic = _core.dynamic_namespaces
_BUILTINS = sys.modules["builtins"]


def _base(globals_: dict[str, Any]) -> dict[str, Any]:
    """What a function needs in its globals even if it doesn't mention it: where relative imports start from."""
    names = ("__name__", "__package__", "__path__")
    base = {name: globals_[name] for name in names if isinstance(globals_.get(name), (str, list))}
    builtins = globals_.get("__builtins__", _BUILTINS)
    if builtins is not _BUILTINS and builtins is not vars(_BUILTINS):
        base["__builtins__"] = builtins
    return base


def _is_installed(module: ModuleType) -> bool:
    """Whether the module is part of Python or of an installed package, which the other side can be expected to have."""
    if module.__name__ in MAINS or goes_by_value(module.__name__):
        return False
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    if origin in ("built-in", "frozen"):
        return True
    if not isinstance(origin, str):
        return False
    path = Path(origin).resolve()
    return not _PACKAGES.isdisjoint(path.parts) or path.is_relative_to(_STANDARD_LIBRARY)


def _is_instrumented(globals_: dict[str, Any]) -> bool:
    """Whether an import hook of this process has rewritten the module (pytest does, for its assertions).

    Its functions then refer to names that no source can bind, and that the module of the other side does not have.
    """
    return not all(name.isidentifier() for name in globals_ if isinstance(name, str))


_PACKAGES = {"site-packages", "dist-packages"}
_STANDARD_LIBRARY = Path(os.__file__).resolve().parent
