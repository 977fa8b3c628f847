"""What anypickle does for one library or another, once that library is there.

An integration is a module with two functions: ``apply()`` makes the library's objects cross (by
patching what reducers alone cannot mend) and ``revert()`` puts everything back, exactly. `TABLE`
names them; none is imported before its library is. ``anypickle.install()`` calls `activate` and
``anypickle.uninstall()`` calls `deactivate`; a new library is one new line and one new module.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from anypickle.integrations.missing_modules import MissingModules
from anypickle.post_import import PostImport

__all__ = ["TABLE", "activate", "deactivate"]

#: The library that is waited for, and the module here that looks after it.
TABLE: Mapping[str, str] = MappingProxyType(
    {
        "joblib": "anypickle.integrations.joblib",
        "keras": "anypickle.integrations.keras",
        "keras.wrappers": "anypickle.integrations.wrappers_attribute",
        "keras._tf_keras.keras.wrappers": "anypickle.integrations.wrappers_attribute",
        "sklearn.base": "anypickle.integrations.sklearn_errors",
        "scikeras": "anypickle.integrations.scikeras",
        "scikeras.wrappers": "anypickle.integrations.scikeras_tags",
    }
)

_state = threading.RLock()
_applied: dict[str, ModuleType] = {}


def _apply(library: ModuleType) -> None:
    """Import and apply the integration of a library that has just been imported."""
    with _state:
        if library.__name__ not in _applied:
            integration = importlib.import_module(TABLE[library.__name__])
            integration.apply()
            _applied[library.__name__] = integration


_waiting = PostImport(dict.fromkeys(TABLE, _apply))
_missing = MissingModules()


def activate() -> None:
    """Apply every integration whose library is imported, now or from now on."""
    with _state:
        _waiting.start()
        _missing.start()


def deactivate() -> None:
    """Take back all that `activate` and the imports since then have changed."""
    with _state:
        _waiting.stop()
        _missing.stop()
        while _applied:
            _, integration = _applied.popitem()
            integration.revert()
