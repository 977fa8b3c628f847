"""Puts a pickler in the place of CPython's `_pickle`, so that CPython's own tests test that one.

`pickle` takes everything that is written in C from the module `_pickle`, and CPython's tests say `_pickle.Pickler` when
they mean the C implementation. With another module under that name the tests run on it unchanged, in all the class
combinations that they have for the C implementation, and none of them has to be copied here.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

_NAMES = ("Pickler", "Unpickler", "dump", "dumps", "load", "loads")


def stock() -> Any:
    """CPython's own `_pickle`."""
    return _stock


def impersonate(subject: str) -> None:
    """Let `import _pickle` give the names of the module `subject`, and `pickle` be made anew from it.

    Errors, `PickleBuffer` and whatever else `_pickle` has stay CPython's.
    """
    ours = importlib.import_module(subject)
    impostor = ModuleType("_pickle", "anypickle in the place of _pickle")
    impostor.__dict__.update({k: v for k, v in vars(_stock).items() if not k.startswith("__")})
    impostor.__dict__.update({name: getattr(ours, name) for name in _NAMES})
    sys.modules["_pickle"] = impostor
    replaced = sys.modules.pop("pickle", None)
    fresh = importlib.import_module("pickle")
    assert fresh.Pickler is ours.Pickler, "pickle did not take its C implementation from _pickle"
    if replaced is not None:  # whoever imported it before sees the same
        replaced.__dict__.update({name: getattr(fresh, name) for name in _NAMES})


_stock = importlib.import_module("_pickle")
