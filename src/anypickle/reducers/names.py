"""Which globals a function refers to, read from its bytecode.

Nested functions and class bodies count. A name that the code takes from a string at run time can't be seen.
"""

from __future__ import annotations

from types import CodeType
from typing import Any

__all__ = ["names_of"]


def names_of(code: CodeType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The global names in the order of their first use, and every name that the code has an instruction for, sorted."""
    found: dict[str, None] = {}
    names: set[str] = set()
    _collect(code, found, names)
    return tuple(found), tuple(sorted(names))


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
