"""Functions and code objects by value: what `_core` (src/ext/codec/value) asks of Python to write them.

`_value.function` makes a function again: first its code, namespace and cells, then what may refer to it.
"""

from __future__ import annotations

import marshal
import sys
from types import CellType, CodeType, FunctionType
from typing import Any

from anypickle import _core, _value
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers.names import names_of
from anypickle.reducers.namespaces import namespace_of
from anypickle.registry import recipe

__all__ = ["facts_of", "namespace_of", "reduce"]


def reduce(function: FunctionType, crossing: Crossing) -> tuple[Any, ...]:
    """The reduce value of a function, for a pickler that is not ours."""
    namespaces = {} if crossing.warned is None else crossing.namespaces
    return _core.function_value(function, namespaces)


def facts_of(code: CodeType) -> tuple[bytes, tuple[str, ...], tuple[str, ...], str | None]:
    """What a stream needs of a code object: see codec/value/code_facts.h. Asked once for each."""
    return (_data(code), *names_of(code), _doc(code))


def _data(code: CodeType) -> bytes:
    try:
        return marshal.dumps(code, 2)  # without back references, which depend on reference counts
    except ValueError:
        return marshal.dumps(code)


def _doc(code: CodeType) -> str | None:
    """The `__doc__` of a new function with this code."""
    if sys.version_info >= (3, 14) and not code.co_flags & _HAS_DOCSTRING:
        return None
    first = code.co_consts[0] if code.co_consts else None
    return first if isinstance(first, str) else None


_HAS_DOCSTRING = 0x4000000


@recipe(CellType, policy=Policy.COPY, meaning="a cell with the same content")
def reduce_cell(cell: CellType, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    return _core.cell_value(cell)


@recipe(CodeType, policy=Policy.COPY, meaning="the same code, on the same version of Python")
def reduce_code(code: CodeType, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    return _value.code, (sys.version_info.major * 100 + sys.version_info.minor, _data(code))
