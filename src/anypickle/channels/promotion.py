"""What a process is given before it starts: queues in it become one queue for both sides.

Nothing is pickled under fork, so nothing would tell a program that each process got a queue of its own. Therefore
`Process.start` looks first, whatever the start method: at the arguments, at the object whose method is the target, at
what a function closes over, at the attributes that a subclass of Process was given, and at all that these hold.
It does not look into what crosses by a recipe (a logger, a file, a thread): that has a meaning of its own.
"""

from __future__ import annotations

import collections
import functools
import queue
import types
import warnings
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from typing import Any

from anypickle import registry
from anypickle.crossing import crossing
from anypickle.policy import Channel, PolicyWarning
from anypickle.shared import promoted

__all__ = ["given_to", "promote_queues"]

#: What a process object has of its own; the rest it was given.
_OWN = frozenset(
    [
        "_identity",
        "_config",
        "_parent_pid",
        "_parent_name",
        "_popen",
        "_closed",
        "_name",
        "_start_method",
    ]
)
_ATOMS = frozenset(
    {type(None), bool, int, float, complex, str, bytes, bytearray, range, type(...)}
    | {types.ModuleType, types.BuiltinFunctionType, types.CodeType}
)
_MACHINERY = frozenset(
    ["concurrent", "ctypes", "joblib", "loky", "multiprocess", "multiprocessing"]
)
"""Packages whose objects have queues of their own, which are not handed to anybody."""
_SEQUENCES = (list, tuple, set, frozenset, collections.deque)


def given_to(process: BaseProcess) -> dict[str, Any]:
    """What a process was given, by the names of its attributes."""
    return {name: value for name, value in vars(process).items() if name not in _OWN}


def promote_queues(process: BaseProcess) -> None:
    """Promotes each `queue.Queue` among what `process` was given; says so where one must stay apart."""
    for found, path in _queues(process):
        try:
            with crossing(Channel.TASK, root=found, arms=True):
                promoted.promote(found)
        except Exception as error:
            _warn(path, f"an item in it cannot cross ({error})")


def _warn(path: str, reason: str) -> None:
    warnings.warn(
        f"{path}: each process gets a queue of its own, because {reason}; "
        "to have one queue for all, make it with anypickle.Queue()",
        PolicyWarning,
        stacklevel=4,
    )


def _queues(process: BaseProcess) -> Iterator[tuple[queue.Queue[Any], str]]:
    """The plain queues that can be reached from what a process was given, with the way to each."""
    seen: set[int] = set()
    waiting: list[tuple[Any, Any]] = [
        (vars(process)[name], (None, f".{name}")) for name in given_to(process)
    ]
    while waiting:
        obj, way = waiting.pop()
        kind = type(obj)
        if kind in _ATOMS or id(obj) in seen:
            continue
        seen.add(id(obj))
        if isinstance(obj, queue.Queue):
            if promoted.can_promote(kind) and not isinstance(obj, promoted.PromotedQueue):
                yield obj, _written(way)
        else:
            waiting.extend((part, (way, label)) for part, label in _parts(obj, kind))


def _parts(obj: Any, kind: type) -> Iterator[tuple[Any, str]]:
    """What an object holds: (part, how an expression goes on to it)."""
    if issubclass(kind, dict):
        if not _ATOMS.issuperset(map(type, obj.values())):
            yield from ((value, f"[{key!r}]") for key, value in list(obj.items()))
    elif issubclass(kind, _SEQUENCES):
        if not _ATOMS.issuperset(map(type, obj)):
            yield from ((value, f"[{index}]") for index, value in enumerate(list(obj)))
    elif kind is types.MethodType:
        yield obj.__self__, ".__self__"
        yield obj.__func__, ".__func__"
    elif kind is types.FunctionType:
        yield from _parts_of_function(obj)
    elif issubclass(kind, functools.partial):
        yield obj.func, ".func"
        yield obj.args, ".args"
        yield obj.keywords, ".keywords"
    if _is_open(kind):
        yield from _attributes(obj, kind)


def _parts_of_function(function: types.FunctionType) -> Iterator[tuple[Any, str]]:
    for index, cell in enumerate(function.__closure__ or ()):
        try:
            yield cell.cell_contents, f".__closure__[{index}].cell_contents"
        except ValueError:
            continue  # not filled yet
    yield function.__defaults__, ".__defaults__"
    yield function.__kwdefaults__, ".__kwdefaults__"


def _attributes(obj: Any, kind: type) -> Iterator[tuple[Any, str]]:
    """The attributes that would cross: those of the state, where the class says what its state is."""
    state: Any = getattr(obj, "__dict__", {})
    if _finds("__getstate__", kind):
        try:
            state = obj.__getstate__()
        except Exception:
            return  # it does not cross now, as multiprocessing's own queues don't
        if not isinstance(state, dict):
            yield state, ".__getstate__()"
            return
    yield from ((value, f".{name}") for name, value in list(state.items()))
    yield from _slots(obj, kind)


def _finds(name: str, kind: type) -> bool:
    """Whether a class that is written in Python brings this method."""
    return any(name in vars(base) for base in kind.__mro__[:-1])


def _is_open(kind: type) -> bool:
    """Whether the attributes of an object of this class go across with it."""
    if kind is types.FunctionType or issubclass(kind, type):
        return False
    module = kind.__module__ or ""
    if module.partition(".")[0] in _MACHINERY:
        return False
    if _finds("__reduce__", kind) or _finds("__reduce_ex__", kind):
        return False
    return registry.TABLE.get(kind) is None


def _slots(obj: Any, kind: type) -> Iterator[tuple[Any, str]]:
    for base in kind.__mro__:
        for name, member in vars(base).items() if "__slots__" in vars(base) else ():
            if isinstance(member, types.MemberDescriptorType):
                try:
                    yield member.__get__(obj, kind), f".{name}"
                except AttributeError:
                    continue  # not set


def _written(way: Any) -> str:
    labels = []
    while way is not None:
        way, label = way
        labels.append(label)
    return "process" + "".join(reversed(labels))
