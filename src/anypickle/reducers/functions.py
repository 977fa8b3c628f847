"""Functions by value: their code, what they close over, and those globals that they refer to.

`anypickle._value` makes them again: first a function with its code, namespace and cells, then what may refer to it.
"""

from __future__ import annotations

import marshal
import sys
import weakref
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from anypickle import _value
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers import names
from anypickle.reducers.by_value import MAINS, found_by_name
from anypickle.reducers.namespaces import namespace_of
from anypickle.registry import recipe

__all__ = ["data_of", "reduce"]


def reduce(function: FunctionType) -> tuple[Any, ...]:
    """The reduce value of a function that is not found by name."""
    code = function.__code__
    namespace = namespace_of(function.__globals__)
    home = None
    if function.__module__ in MAINS and found_by_name(function, function.__module__):
        home = function.__qualname__
    args: tuple[Any, ...] = (_value.VERSION, data_of(code), namespace)
    if function.__closure__ or home:
        args += (function.__closure__,)
    if home:
        args += (home,)
    state = _state(function, code, namespace)
    if not state:
        return _value.function, args
    return _value.function, args, state, None, None, _value.fill_function


def data_of(code: CodeType) -> bytes:
    """The code as `marshal` writes it; the same bytes each time."""
    known = _data.get(id(code))
    if known is not None:
        return known[1]
    try:
        data = marshal.dumps(code, 2)  # without back references, which depend on reference counts
    except ValueError:
        data = marshal.dumps(code)
    key = id(code)
    _data[key] = (weakref.ref(code, lambda _: _data.pop(key, None)), data)
    return data


_data: dict[int, tuple[weakref.ref[CodeType], bytes]] = {}


def _state(function: FunctionType, code: CodeType, namespace: Any) -> dict[str, Any]:
    """What `fill_function` is to set: everything that a new function with this code would not have."""
    state: dict[str, Any] = {}
    if not isinstance(namespace, (str, ModuleType)):
        state = _globals(function, code)
    if function.__name__ != code.co_name:
        state["__name__"] = function.__name__
    if function.__qualname__ != code.co_qualname:
        state["__qualname__"] = function.__qualname__
    if function.__module__ != function.__globals__.get("__name__"):
        state["__module__"] = function.__module__
    if function.__doc__ != _doc_of(code):
        state["__doc__"] = function.__doc__
    for name in ("__defaults__", "__kwdefaults__", *_ANNOTATIONS, "__type_params__", "__dict__"):
        value = getattr(function, name, None)
        if value:
            state[name] = value
    return state


def _globals(function: FunctionType, code: CodeType) -> dict[str, Any]:
    used, mentioned = names.globals_of(code)
    there = function.__globals__
    found = {name: there[name] for name in used if name in there}
    modules: list[ModuleType] = []
    reached = [*found.values(), *_contents(function.__closure__ or ())]
    for value in reached:
        if isinstance(value, ModuleType):
            modules += names.submodules(value, mentioned)
    state: dict[str, Any] = {}
    if modules:
        state["modules"] = modules
    if found:
        state["globals"] = found
    return state


def _contents(cells: tuple[CellType, ...]) -> list[Any]:
    contents = []
    for cell in cells:
        try:
            contents.append(cell.cell_contents)
        except ValueError:
            continue  # an empty one
    return contents


def _doc_of(code: CodeType) -> str | None:
    if sys.version_info >= (3, 13) and not code.co_flags & _HAS_DOCSTRING:
        return None
    first = code.co_consts[0] if code.co_consts else None
    return first if isinstance(first, str) else None


_HAS_DOCSTRING = 0x4000000
# Python 3.14 evaluates annotations when they are asked for, by a function that crosses instead of them.
_ANNOTATIONS = ("__annotate__",) if sys.version_info >= (3, 14) else ("__annotations__",)


@recipe(CellType, policy=Policy.COPY, meaning="a cell with the same content")
def reduce_cell(cell: CellType, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    try:
        content = cell.cell_contents
    except ValueError:
        return _value.cell, ()
    if type(content) in _ATOMS:
        return _value.cell, (content,)
    return _value.cell, (), content, None, None, _value.fill_cell


_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})


@recipe(CodeType, policy=Policy.COPY, meaning="the same code, on the same version of Python")
def reduce_code(code: CodeType, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    return _value.code, (_value.VERSION, data_of(code))
