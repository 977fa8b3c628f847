"""``tf.keras.wrappers.scikit_learn`` as an attribute.

A script may reach the removed module without importing it by name. `missing_modules` serves imports; this
serves the dots: ``wrappers`` packages that exist get the module when somebody asks for it.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from anypickle.channels._patches import Patches

__all__ = ["apply", "revert"]

_patches = Patches()
_PACKAGES = ("keras.wrappers", "keras._tf_keras.keras.wrappers")


def apply() -> None:
    """Make the ``wrappers`` packages that are imported answer for the removed module."""
    for name in _PACKAGES:
        package = sys.modules.get(name)
        if package is not None and not hasattr(package, "scikit_learn"):
            _patches.attribute(package, "__getattr__", _answering(package))


def revert() -> None:
    """Let them answer as they did."""
    _patches.revert()


def _answering(package: ModuleType) -> Any:
    def __getattr__(name: str) -> Any:
        if name == "scikit_learn":
            return importlib.import_module("keras.wrappers.scikit_learn")
        raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")

    return __getattr__
