"""Names the way from an object to one that it holds, as an expression that evaluates to it.

The pickler's own path says how the stream reaches an object; where a reducer stands between the two (the state of a
function that crosses by value, the arguments of a recipe) that is no expression. Here each step is looked for again
where a person would: in attributes, slots, cells, defaults, globals, bound arguments. Nothing is called: no property,
no `__getattr__`.
"""

from __future__ import annotations

import functools
import re
import types
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["accessor", "expression"]

Step = tuple[str, Any]


def expression(trail: Iterable[Any], root: str = "obj") -> str | None:
    """The expression of the last object of a trail that begins with the root; None where one step has no name.

    Objects of the trail that were made for the stream alone (state dictionaries, argument tuples) are passed over.
    """
    objects = iter(trail)
    here = next(objects, None)
    path, named = root, True
    for target in objects:
        step = accessor(here, target)
        named = step is not None
        if step is not None:
            path, here = join(path, step), target
    return _IN_DICT.sub(r".\1", path) if named else None


def join(path: str, step: str) -> str:
    """The path with one more step, which goes behind it or, with `{}`, around it: `list({})[0]`."""
    return step.replace("{}", path, 1) if step.startswith("list({}") else path + step


def accessor(parent: Any, child: Any) -> str | None:
    """The step from `parent` to `child`: an attribute, an item, a cell; two of them if something lies between."""
    if parent is child:
        return ""
    for step, value in _steps(parent):
        if value is child:
            return step
    for step, value in _steps(parent):
        if isinstance(value, dict | list | tuple | deque | types.MappingProxyType | types.CellType):
            for inner, found in _steps(value):
                if found is child:
                    return join(step, inner)
    return ".__class__" if type(parent) is child else None


def _steps(parent: Any) -> Iterator[Step]:
    kind = type(parent)
    for base, steps in _KINDS:
        if issubclass(kind, base):
            yield from steps(parent)
    yield from _attributes(parent)


def _mapping(parent: Any) -> Iterator[Step]:
    # dict's own methods: a subclass's may do anything
    for index, (key, value) in enumerate(dict.items(parent)):
        yield f"[{key!r}]" if type(key) in _PLAIN_KEYS else f"list({{}}.values())[{index}]", value
        yield f"list({{}})[{index}]", key


def _sequence(parent: Any) -> Iterator[Step]:
    # the builtin's own iteration: a subclass's may do anything
    base: Any = next(kind for kind in (list, tuple, deque) if isinstance(parent, kind))
    for index, item in enumerate(base.__iter__(parent)):
        yield f"[{index}]", item


def _members(parent: Any) -> Iterator[Step]:
    base: Any = set if isinstance(parent, set) else frozenset
    for index, member in enumerate(base.__iter__(parent)):
        yield f"list({{}})[{index}]", member


def _proxy(parent: types.MappingProxyType[Any, Any]) -> Iterator[Step]:
    mapping = parent | {}
    if type(mapping) is dict:
        yield from _mapping(mapping)


def _view(parent: Any) -> Iterator[Step]:
    for index, member in enumerate(parent):
        yield f"list({{}})[{index}]", member


def _function(parent: types.FunctionType) -> Iterator[Step]:
    for index, cell in enumerate(parent.__closure__ or ()):
        try:
            yield f".__closure__[{index}].cell_contents", cell.cell_contents
        except ValueError:  # the cell is empty
            continue
        yield f".__closure__[{index}]", cell
    for index, default in enumerate(parent.__defaults__ or ()):
        yield f".__defaults__[{index}]", default
    for name, default in (parent.__kwdefaults__ or {}).items():
        yield f".__kwdefaults__[{name!r}]", default
    for name in _names(parent.__code__):
        if name in parent.__globals__:
            yield f".__globals__[{name!r}]", parent.__globals__[name]


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _method(parent: types.MethodType) -> Iterator[Step]:
    yield ".__self__", parent.__self__
    yield ".__func__", parent.__func__


def _builtin_method(parent: types.BuiltinMethodType) -> Iterator[Step]:
    yield ".__self__", parent.__self__


def _partial(parent: functools.partial[Any]) -> Iterator[Step]:
    yield ".func", parent.func
    for index, value in enumerate(parent.args):
        yield f".args[{index}]", value
    for name, value in parent.keywords.items():
        yield f".keywords[{name!r}]", value


def _class(parent: type) -> Iterator[Step]:
    for name, value in vars(parent).items():
        yield f".{name}", value
        if isinstance(value, classmethod | staticmethod):
            yield f".{name}.__func__", value.__func__
        elif isinstance(value, property):
            yield f".{name}.fget", value.fget
    for index, base in enumerate(parent.__bases__):
        yield f".__bases__[{index}]", base


def _cell(parent: types.CellType) -> Iterator[Step]:
    try:
        yield ".cell_contents", parent.cell_contents
    except ValueError:
        return


def _reference(parent: weakref.ReferenceType[Any]) -> Iterator[Step]:
    yield "()", parent()


def _attributes(parent: Any) -> Iterator[Step]:
    """What an instance holds in its `__dict__` and its slots."""
    try:
        values = object.__getattribute__(parent, "__dict__")
    except AttributeError:
        values = {}
    if type(values) is dict:
        for name, value in list(values.items()):
            yield f".{name}" if str(name).isidentifier() else f".__dict__[{name!r}]", value
        yield ".__dict__", values
    for base in type(parent).__mro__:
        for name, slot in list(vars(base).items()):
            if isinstance(slot, types.MemberDescriptorType):
                try:
                    yield f".{name}", slot.__get__(parent)
                except AttributeError:
                    continue


_IN_DICT = re.compile(r"\.__dict__\['([^\W\d]\w*)'\]")
_PLAIN_KEYS = frozenset({str, bytes, int, bool, float, type(None)})
_KINDS: tuple[tuple[type, Any], ...] = (
    (dict, _mapping),
    (list, _sequence),
    (tuple, _sequence),
    (deque, _sequence),
    (set, _members),
    (frozenset, _members),
    (types.MappingProxyType, _proxy),
    (type({}.keys()), _view),
    (type({}.values()), _view),
    (type({}.items()), _view),
    (types.FunctionType, _function),
    (types.MethodType, _method),
    (types.BuiltinMethodType, _builtin_method),
    (functools.partial, _partial),
    (type, _class),
    (types.CellType, _cell),
    (weakref.ReferenceType, _reference),
)
