"""Which globals a function refers to, read from its bytecode, and which submodules it reaches through them.

Nested functions and class bodies count. A name that the code takes from a string at run time can't be seen.
"""

from __future__ import annotations

import sys
import weakref
from types import CodeType, ModuleType
from typing import Any

__all__ = ["globals_of", "submodules"]

_known: dict[int, tuple[weakref.ref[CodeType], tuple[str, ...], frozenset[str]]] = {}


def globals_of(code: CodeType) -> tuple[tuple[str, ...], frozenset[str]]:
    """The global names in the order of their first use, and every name that the code has an instruction for."""
    known = _known.get(id(code))
    if known is not None:
        return known[1:]
    found: dict[str, None] = {}
    names: set[str] = set()
    _collect(code, found, names)
    key = id(code)
    reference = weakref.ref(code, lambda _: _known.pop(key, None))
    _known[key] = (reference, tuple(found), frozenset(names))
    return _known[key][1:]


def submodules(package: ModuleType, names: frozenset[str]) -> list[ModuleType]:
    """The imported submodules that `package.sub.mod` in a code with these names may mean."""
    found = []
    if hasattr(package, "__path__"):
        for name in sorted(names):
            module = sys.modules.get(f"{package.__name__}.{name}")
            if isinstance(module, ModuleType):
                found += [module, *submodules(module, names)]
    return found


def _collect(code: CodeType, found: dict[str, None], names: set[str]) -> None:
    operations, shifted = _global_operations()
    names.update(code.co_names)
    argument = 0
    raw = code.co_code
    for i in range(0, len(raw), 2):
        operation = raw[i]
        argument = argument << 8 | raw[i + 1]
        if operation == _EXTENDED_ARG:
            continue
        if operation in operations:
            found[code.co_names[argument >> (operation == shifted)]] = None
        argument = 0
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _collect(constant, found, names)


_EXTENDED_ARG = -1
_operations: tuple[frozenset[int], int] | None = None


def _global_operations() -> tuple[frozenset[int], int]:
    """The opcodes whose argument names a global, and the one whose argument has a flag in its lowest bit."""
    global _operations, _EXTENDED_ARG
    if _operations is None:
        from opcode import opmap

        numbers: dict[str, Any] = opmap
        _EXTENDED_ARG = numbers["EXTENDED_ARG"]
        wanted = frozenset(numbers[name] for name in _OPERATIONS if name in numbers)
        _operations = wanted, numbers["LOAD_GLOBAL"]
    return _operations


# Class bodies and annotation scopes look names up with the last two.
_OPERATIONS = (
    "LOAD_GLOBAL",
    "STORE_GLOBAL",
    "DELETE_GLOBAL",
    "LOAD_NAME",
    "LOAD_FROM_DICT_OR_GLOBALS",
)
