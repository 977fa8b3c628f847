"""What a process is given before it starts: queues and events in it become one for both sides.

Nothing is pickled under fork, so nothing would tell a program that each process got a queue of its own. Therefore
`Process.start` looks first, whatever the start method: at the arguments, at the object whose method is the target, at
what a function closes over, at the attributes that a subclass of Process was given, and at all that these hold.
It does not look into what crosses by a recipe (a logger, a file, a thread): that has a meaning of its own.
Events in it are promoted as well. A queue with an order of its own can't be, nor can a `SimpleQueue`, nor an event that
threads have been waiting for since before anypickle was installed; `lending` lends those.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import queue
import threading
import types
from collections.abc import Collection, Iterator
from multiprocessing.process import BaseProcess
from typing import Any

from anypickle import registry
from anypickle.crossing import noted
from anypickle.policy import Policy
from anypickle.shared import promoted
from anypickle.shared.handover import promote

__all__ = ["given_to", "promote_queues", "reachable", "slots"]

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
    | {types.ModuleType, types.CodeType}
)
_MACHINERY = frozenset(
    ["concurrent", "ctypes", "joblib", "loky", "multiprocess", "multiprocessing"]
)
"""Packages whose objects have queues of their own, which are not handed to anybody."""
_SEQUENCES = (list, tuple, set, frozenset, collections.deque)


def given_to(process: BaseProcess) -> dict[str, Any]:
    """What a process was given, by the names of its attributes."""
    return {name: value for name, value in vars(process).copy().items() if name not in _OWN}


def promote_queues(process: BaseProcess) -> list[Any]:
    """Promotes each queue and each event among what `process` was given.

    Returns:
        What is shared as well, and can only be lent.
    """
    others = []
    for found in reachable(process):
        if isinstance(found, queue.Queue) and promoted.can_promote(type(found)):
            if not isinstance(found, promoted.PromotedQueue):
                promoted.promote(found)
                noted(f"queue:{promoted.standard(type(found)).__name__}", Policy.SHARED)
        elif isinstance(found, threading.Event) and promote(found):
            noted("threading:Event", Policy.SHARED)
        elif isinstance(found, (queue.Queue, queue.SimpleQueue, threading.Event)):
            others.append(found)
    return others


def reachable(process: BaseProcess) -> Iterator[Any]:
    """What a process was given and all that it takes along, each once; nothing of what is in a queue."""
    seen: dict[
        int, Any
    ] = {}  # with the objects: the id of one that is gone would be given to another
    waiting: list[Any] = list(given_to(process).values())
    while waiting:
        obj = waiting.pop()
        kind = type(obj)
        if kind in _ATOMS or id(obj) in seen:
            continue
        seen[id(obj)] = obj
        yield obj
        if not isinstance(obj, queue.Queue):
            waiting.extend(_parts(obj, kind))


def _parts(obj: Any, kind: type) -> Iterator[Any]:
    """What an object holds and takes along."""
    if issubclass(kind, dict):
        yield from _beyond_atoms(obj.values())
    elif issubclass(kind, _SEQUENCES):
        yield from _beyond_atoms(obj)
    elif kind is types.MethodType:
        yield obj.__self__
        yield obj.__func__
    elif kind is types.BuiltinFunctionType:
        yield obj.__self__
    elif kind is types.FunctionType:
        yield obj.__defaults__
        yield obj.__kwdefaults__
        yield from _contents(obj.__closure__ or ())
    elif issubclass(kind, functools.partial):
        yield obj.func
        yield obj.args
        yield obj.keywords
    if _is_open(kind):
        yield from _attributes(obj, kind)


def _beyond_atoms(values: Collection[Any]) -> list[Any]:
    """The values, if any of them can hold something: most large containers hold numbers or strings only."""
    return [] if _ATOMS.issuperset(map(type, values)) else list(values)


def _contents(cells: tuple[types.CellType, ...]) -> Iterator[Any]:
    for cell in cells:
        with contextlib.suppress(ValueError):  # not filled yet
            yield cell.cell_contents


def _is_open(kind: type) -> bool:
    """Whether the attributes of an object of this class go across with it."""
    if kind is types.FunctionType or issubclass(kind, type):
        return False
    if (kind.__module__ or "").partition(".")[0] in _MACHINERY:
        return False
    if _brings(kind, "__reduce__") or _brings(kind, "__reduce_ex__"):
        return False
    return kind not in registry.TABLE


def _attributes(obj: Any, kind: type) -> Iterator[Any]:
    """The attributes that would cross: those of the state, where the class says what its state is."""
    if _brings(kind, "__getstate__"):
        try:
            yield obj.__getstate__()
        except Exception:
            return  # it can't cross now, as multiprocessing's own queues can't
    else:
        yield from list(getattr(obj, "__dict__", {}).values())
        for member in slots(kind):
            with contextlib.suppress(AttributeError):  # not set
                yield member.__get__(obj, kind)


def _brings(kind: type, name: str) -> bool:
    """Whether a class has this method from itself or a base other than `object`."""
    return any(name in vars(base) for base in kind.__mro__[:-1])


def slots(kind: type) -> Iterator[Any]:
    """The descriptors of the slots of a class and its bases."""
    for base in kind.__mro__:
        if "__slots__" in vars(base):
            for member in vars(base).copy().values():
                if isinstance(member, types.MemberDescriptorType):
                    yield member
