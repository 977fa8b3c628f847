"""Modules that programs still import although their libraries have removed them.

``tensorflow.keras.wrappers.scikit_learn`` went in 2023; the scripts that start with it did not.
The finder here stands *last* in ``sys.meta_path``, so it is asked only when nobody else has the
module: where an old library still ships it, the library's own is used. It serves

======================================================  ==========================================
name                                                    what is inside
======================================================  ==========================================
``{keras, tensorflow.keras, ...}.wrappers``             an empty package, where even that is gone
``{keras, tensorflow.keras, ...}.wrappers.scikit_learn``  ``anypickle.keras``'s estimators
======================================================  ==========================================

The parent has to import: without TensorFlow, ``import tensorflow.keras.wrappers.scikit_learn``
fails as it always did.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["MissingModules"]

_HOMES = ("keras", "tensorflow.keras", "tensorflow.python.keras")
_PACKAGES = frozenset(f"{home}.wrappers" for home in _HOMES)
_MODULES = frozenset(f"{home}.wrappers.scikit_learn" for home in _HOMES)
_NAMES = ("BaseWrapper", "KerasClassifier", "KerasRegressor")


class MissingModules:
    """Finds, after everybody else has failed, the modules named above."""

    def __init__(self) -> None:
        self._loader = _StandIn()

    def start(self) -> None:
        """Serve the missing modules from now on."""
        if self not in sys.meta_path:
            sys.meta_path.append(self)

    def stop(self) -> None:
        """Serve no more, and forget those that were served."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for name in sorted(_MODULES | _PACKAGES, reverse=True):
            module = sys.modules.get(name)
            if module is not None and getattr(module.__spec__, "loader", None) is self._loader:
                del sys.modules[name]
                home, _, child = name.rpartition(".")
                parent = sys.modules.get(home)
                if parent is not None and vars(parent).get(child) is module:
                    delattr(parent, child)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return a spec of ours for the names that are missing, and None for all others."""
        if fullname in _PACKAGES:
            return ModuleSpec(fullname, self._loader, is_package=True)  # type: ignore[arg-type]
        if fullname in _MODULES:
            return ModuleSpec(fullname, self._loader)  # type: ignore[arg-type]
        return None


class _StandIn:
    """Fills a missing module."""

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ in _MODULES:
            estimators = importlib.import_module("anypickle.keras")
            module.__doc__ = estimators.__doc__
            vars(module).update({name: getattr(estimators, name) for name in _NAMES})
