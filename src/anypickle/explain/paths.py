"""Names the way from an object to one that it holds, as an expression that evaluates to it.

The pickler's own path says how the stream reaches an object; where a reducer stands between the two (the state of a
function that crosses by value, the arguments of a recipe) that is no expression. Here each step is looked for again
where a person would: in attributes, slots, cells, defaults, globals, bound arguments. Nothing is called: no property,
no `__getattr__`.
"""

from __future__ import annotations

import contextlib
import contextvars
import datetime
import functools
import keyword
import math
import sys
import threading
import types
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from anypickle import _core
from anypickle.explain.words import attributes_of, mro_of, space_of

__all__ = ["accessor", "expression", "here", "nearest"]

Step = tuple[str, Any]
_LONGEST = 1000


def expression(trail: Iterable[Any], root: str = "obj") -> str | None:
    """The expression of the last object of a trail that begins with the root; None where one step has no name.

    Objects of the trail that were made for the stream alone (state dictionaries, argument tuples) are passed over.
    A trail of more than a thousand objects has none: nobody would read it, and it takes time with the square of that.
    """
    objects = list(trail)
    if len(objects) > _LONGEST:
        return None
    return _followed(objects, root, 1) or _followed(objects, root, _ANCESTORS)


def here() -> str:
    """Where the pickler of this thread is: its own path, or an expression where a reducer stands between."""
    told = _core.current_path() or "obj"
    if _is_expression(told):
        return told
    return expression(_core.current_trail()) or told


def _is_expression(told: str) -> bool:
    """Whether the pickler's own path evaluates to the object: no reducer stands between, and no class that may lie."""
    return ".__reduce" not in told and ".__class__" not in told and ".__dict__" not in told


def nearest() -> tuple[str, list[Any]]:
    """Where the pickler is, or the last object on the way there that has an expression (the array, for its bytes).

    Returns:
        The path, and the objects from the root to its end.
    """
    trail = _core.current_trail()
    told = _core.current_path() or "obj"
    if _is_expression(told):
        return told, trail
    for end in range(len(trail), 0, -1):
        path = expression(trail[:end])
        if path is not None and type(trail[end - 1]) not in _BETWEEN:
            return path, trail[:end]
    return told, trail


def _followed(objects: list[Any], root: str, ancestors: int) -> str | None:
    """The path, where each object is looked for in so many of those before it."""
    if not objects:
        return None
    path: str | None = root
    known = [(root, objects[0])]
    for target in objects[1:]:
        path = None
        for before, holder in reversed(known[-ancestors:]):
            step = accessor(holder, target)
            if step is not None:
                path = join(before, step)
                if not step.endswith((".__dict__", "'__dict__')")):  # what it has, its object has
                    known.append((path, target))
                break
    return path


def join(path: str, step: str) -> str:
    """The path with one more step, which goes behind it or, with the mark `AROUND`, around it: `list(obj)[0]`."""
    return step.replace(AROUND, path) if AROUND in step else path + step


def accessor(parent: Any, child: Any) -> str | None:
    """The step from `parent` to `child`: an attribute, an item, a cell; two of them if something lies between."""
    if parent is child:
        return ""
    for step, value in _steps(parent):
        if value is child:
            return step
    for step, value in _steps(parent):
        if issubclass(type(value), _BETWEEN):
            for inner, found in _steps(value):
                if found is child:
                    return join(step, inner)
    if type(parent) is not child:
        return None
    return f"type({AROUND})" if _brings(child, "__class__") else ".__class__"


def _steps(parent: Any) -> Iterator[Step]:
    kind = type(parent)
    for base, steps in _KINDS:
        if issubclass(kind, base):
            yield from steps(parent)
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and issubclass(kind, getattr(numpy, "ndarray", ())):
        yield from _array(parent)
    yield from _attributes(parent)


def _array(parent: Any) -> Iterator[Step]:
    if parent.dtype.hasobject and parent.dtype.names is None:
        for index, value in enumerate(parent.flat):
            yield f"[{index}]" if parent.ndim == 1 else f".flat[{index}]", value


def _brings(kind: type, name: str) -> bool:
    """Whether a class, or a base that is written in Python, has a word of its own for this."""
    return any(name in space_of(base) and base is not object for base in mro_of(kind))


def _overrides(kind: type, *names: str) -> bool:
    return any(
        type(space_of(base).get(name)) is types.FunctionType
        for base in mro_of(kind)
        for name in names
    )


def _is_plain(key: Any) -> bool:
    """Whether a key is what its repr evaluates to."""
    return type(key) in _PLAIN_KEYS and (type(key) is not float or math.isfinite(key))


def _is_name(name: Any) -> bool:
    return type(name) is str and name.isidentifier() and not keyword.iskeyword(name)


def _mapping(parent: Any) -> Iterator[Step]:
    # dict's own methods: a subclass's may do anything
    own = _overrides(type(parent), "__getitem__", "__iter__", "keys", "values", "__missing__")
    for index, (key, value) in enumerate(dict.items(parent)):
        if not _is_plain(key):
            step = f"list(dict.values({AROUND}))" if own else f"list({AROUND}.values())"
            yield f"{step}[{index}]", value
        else:
            yield f"dict.__getitem__({AROUND}, {key!r})" if own else f"[{key!r}]", value
        yield f"list(dict.keys({AROUND}))[{index}]" if own else f"list({AROUND})[{index}]", key


def _sequence(parent: Any) -> Iterator[Step]:
    # the builtin's own iteration: a subclass's may do anything
    base: Any = next(kind for kind in (list, tuple, deque) if isinstance(parent, kind))
    own = _overrides(type(parent), "__getitem__")
    for index, item in enumerate(base.__iter__(parent)):
        yield f"{base.__name__}.__getitem__({AROUND}, {index})" if own else f"[{index}]", item


def _members(parent: Any) -> Iterator[Step]:
    base: Any = set if isinstance(parent, set) else frozenset
    own = _overrides(type(parent), "__iter__")
    walk = f"list({base.__name__}.__iter__({AROUND}))" if own else f"list({AROUND})"
    for index, member in enumerate(base.__iter__(parent)):
        yield f"{walk}[{index}]", member


def _proxy(parent: types.MappingProxyType[Any, Any]) -> Iterator[Step]:
    mapping = parent | {}
    if type(mapping) is dict:
        yield from _mapping(mapping)


def _live_values(parent: Any) -> Iterator[Step]:
    for index, value in enumerate(list(parent.values())):
        yield f"list({AROUND}.values())[{index}]", value
    for index, key in enumerate(list(parent.keys())):
        yield f"list({AROUND}.keys())[{index}]", key


def _reduced(parent: Any) -> Iterator[Step]:
    """An iterator of the builtins', which says itself what it goes through."""
    with contextlib.suppress(TypeError):
        for index, part in enumerate(parent.__reduce__()[1]):
            yield f".__reduce__()[1][{index}]", part


def _variable(parent: contextvars.ContextVar[Any]) -> Iterator[Step]:
    with contextlib.suppress(LookupError):
        yield ".get()", parent.get()


def _view(parent: Any) -> Iterator[Step]:
    for index, member in enumerate(parent):
        yield f"list({AROUND})[{index}]", member


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
    with contextlib.suppress(Exception):  # from Python 3.14 on they are computed when asked for
        for name, annotation in parent.__annotations__.items():
            yield f".__annotations__[{name!r}]", annotation
    names = list(_names(parent.__code__))
    for name in names:
        if name in parent.__globals__:
            value = parent.__globals__[name]
            yield f".__globals__[{name!r}]", value
            if issubclass(type(value), types.ModuleType):
                yield from _submodules(value, f".__globals__[{name!r}]", names)


def _submodules(module: types.ModuleType, step: str, names: list[str]) -> Iterator[Step]:
    """The modules within a module that a function names behind it: `xml.etree.ElementTree`."""
    for name in names:
        value: Any = vars(module).get(name)
        if not issubclass(type(value), types.ModuleType):
            continue
        if vars(value).get("__name__") == f"{vars(module).get('__name__')}.{name}":
            yield f"{step}.{name}", value
            yield from _submodules(value, f"{step}.{name}", names)


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
    for name, value in list(space_of(parent).items()):
        kind = type(value)
        if kind not in _AS_STORED and (_brings(kind, "__get__") or _hides(parent, name)):
            yield f".__dict__[{name!r}]", value  # asked for by its name it would be something else
            continue
        if kind is staticmethod or kind is classmethod or _hides(parent, name):
            yield f".__dict__[{name!r}]", value
        else:
            yield f".{name}", value
        if kind is staticmethod:
            yield f".{name}", value.__func__
        elif issubclass(kind, classmethod):
            yield f".{name}.__func__", value.__func__
        elif issubclass(kind, property):
            yield f".{name}.fget", value.fget
            yield f".{name}.fset", value.fset
            yield f".{name}.fdel", value.fdel
    for index, base in enumerate(vars(type)["__bases__"].__get__(parent)):
        yield f".__bases__[{index}]", base


def _exception(parent: BaseException) -> Iterator[Step]:
    for name in ("__traceback__", "__cause__", "__context__"):
        yield f".{name}", vars(BaseException)[name].__get__(parent)
    args: Any = vars(BaseException)["args"]
    for index, value in enumerate(args.__get__(parent)):
        yield f".args[{index}]", value


def _time(parent: datetime.datetime | datetime.time) -> Iterator[Step]:
    yield ".tzinfo", parent.tzinfo


def _cell(parent: types.CellType) -> Iterator[Step]:
    try:
        yield ".cell_contents", parent.cell_contents
    except ValueError:
        return


def _reference(parent: weakref.ReferenceType[Any]) -> Iterator[Step]:
    yield "()", parent()


def _hides(parent: Any, name: str) -> bool:
    """Whether the class answers for an attribute of this name before the instance does."""
    for base in mro_of(type(parent)):
        if name in space_of(base):
            return _brings(type(space_of(base)[name]), "__set__")
    return False


def _attributes(parent: Any) -> Iterator[Step]:
    """What an instance holds in its `__dict__` and its slots."""
    values = attributes_of(parent)
    own = _brings(type(parent), "__getattribute__") and not isinstance(parent, _OWN_LOOKUP)
    whole = f"object.__getattribute__({AROUND}, '__dict__')" if own else ".__dict__"
    if values is not None:
        for name, value in list(values.items()):
            if own or not _is_name(name) or _hides(parent, name):
                if _is_plain(name):
                    yield f"{whole}[{name!r}]", value
            else:
                yield f".{name}", value
        yield whole, values
    for base in mro_of(type(parent)):
        for name, slot in list(space_of(base).items()):
            if type(slot) is types.MemberDescriptorType:
                try:
                    yield f".{name}", slot.__get__(parent)
                except AttributeError:
                    continue


#: Stands in a step for the path that it goes around: no name and no repr has it.
AROUND = "\0"
_ANCESTORS = 16
_BETWEEN = (dict, list, tuple, deque, types.MappingProxyType, types.CellType)
_AS_STORED = frozenset({types.FunctionType, staticmethod, classmethod, property, type})
_OWN_LOOKUP = (type, types.ModuleType, types.SimpleNamespace, threading.local)
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
    (BaseException, _exception),
    (datetime.datetime, _time),
    (datetime.time, _time),
    (weakref.ReferenceType, _reference),
    (weakref.WeakSet, _view),
    (weakref.WeakValueDictionary, _live_values),
    (weakref.WeakKeyDictionary, _live_values),
    (contextvars.Context, _live_values),
    (contextvars.ContextVar, _variable),
    (map, _reduced),
    (filter, _reduced),
    (zip, _reduced),
    (enumerate, _reduced),
    (reversed, _reduced),
)
