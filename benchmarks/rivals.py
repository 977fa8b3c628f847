"""Who is measured: ours, CPython's, and the fastest peer of each kind, where they can do the work.

A rival can do it when what it gives back has the same types and values all through: JSON turns a tuple into a list,
so `orjson` has no figure for tuples.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

PACKAGES = ["anypickle", "cloudpickle", "dill", "msgspec", "numpy", "orjson", "pyfory"]


@dataclass(frozen=True)
class Rival:
    """A pair of functions under a name."""

    name: str
    dumps: Callable[..., Any]
    loads: Callable[..., Any]
    protocol: tuple[int, ...] = ()

    def writer(self, value: Any) -> Callable[[], Any]:
        """Writes `value` when called, with no Python function in between."""
        return partial(self.dumps, value, *self.protocol)

    def reader(self, stream: Any) -> Callable[[], Any]:
        """Reads `stream` when called."""
        return partial(self.loads, stream)

    def carries(self, value: Any) -> bool:
        """Whether it brings `value` there and back without changing it."""
        try:
            return same(self.loads(self.writer(value)()), value)
        except Exception:
            return False


def same(a: Any, b: Any) -> bool:
    """Equal, with equal types all through."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(x, y) for x, y in zip(a.items(), b.items(), strict=True)
        )
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if type(a).__module__ == "numpy":
        return bool(a.dtype == b.dtype and a.shape == b.shape and (a == b).all())
    return bool(a == b)


def stock() -> Rival:
    """CPython's C implementation, protocol 5."""
    import _pickle

    return Rival("_pickle", _pickle.dumps, _pickle.loads, (5,))


def ours(subject: str) -> Rival:
    """The module that is measured: "anypickle", as a user calls it."""
    module = importlib.import_module(subject)
    return Rival("anypickle", module.dumps, module.loads, (5,))


def _msgspec(module: Any) -> Rival:
    return Rival("msgspec", module.Encoder().encode, module.Decoder().decode)


def _fory(module: Any) -> Rival:
    fory = module.Fory(xlang=False, ref=True, strict=False)
    return Rival("pyfory", fory.serialize, fory.deserialize)


_MAKERS: dict[str, Callable[[Any], Rival]] = {
    "marshal": lambda m: Rival("marshal", m.dumps, m.loads),
    "msgspec.msgpack": _msgspec,
    "orjson": lambda m: Rival("orjson", m.dumps, m.loads),
    "pyfory": _fory,
    "cloudpickle": lambda m: Rival("cloudpickle", m.dumps, m.loads),
    "dill": lambda m: Rival("dill", m.dumps, m.loads),
}


def peers() -> list[Rival]:
    """Everybody else that is installed."""
    found = []
    for name, make in _MAKERS.items():
        try:
            found.append(make(importlib.import_module(name)))
        except ImportError:
            continue
    return found
