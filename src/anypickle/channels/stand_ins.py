"""Putting one object in the place of another: in copies of containers, and in what a forked process was given.

Under fork nothing is pickled, so no reducer can choose what the child gets. What its parent lends
(`anypickle.channels.lending`) is put in its place by the child itself, before its target runs: in dictionaries, lists,
attributes, slots and closures, and in copies of the tuples, partials and bound methods that lie in these. Then the
locks that it did get copies of are freed (`forked_locks`).
"""

from __future__ import annotations

import contextlib
import functools
import types
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import process as processes
from multiprocessing import util
from multiprocessing.process import BaseProcess
from typing import Any

from anypickle.channels.forked_locks import free_locks
from anypickle.channels.promotion import reachable, slots

__all__ = ["put_in_after_fork", "rebuilt"]

_BOUND = (types.MethodType, types.BuiltinFunctionType)


def rebuilt(obj: Any, replace: Callable[[Any], Any]) -> Any:
    """A copy of a list, tuple, dict, partial or bound method, made of what replaces its parts.

    Returns:
        `obj` itself if nothing in it is replaced, or if it is of another kind.
    """
    kind = type(obj)
    if kind is list or kind is tuple:
        parts = [replace(part) for part in obj]
        return obj if all(map(_is, parts, obj)) else kind(parts)
    if kind is dict:
        values = [replace(part) for part in obj.values()]
        return obj if all(map(_is, values, obj.values())) else dict(zip(obj, values, strict=True))
    if kind is functools.partial:
        parts = [replace(part) for part in (obj.func, obj.args, obj.keywords)]
        if all(map(_is, parts, (obj.func, obj.args, obj.keywords))):
            return obj
        return functools.partial(parts[0], *parts[1], **parts[2])
    if kind in _BOUND and not isinstance(obj.__self__, (types.ModuleType, type)):
        owner = replace(obj.__self__)
        return obj if owner is obj.__self__ else getattr(owner, obj.__name__)
    return obj


@contextlib.contextmanager
def put_in_after_fork(process: BaseProcess, made: Mapping[int, Any]) -> Iterator[None]:
    """If `process` is forked in the `with` block, the child finds free locks, and what replaces an object in its place.

    Args:
        process: It is about to start.
        made: What takes the place of an object, by the object's id; the objects live as long as the block.
    """
    pending = _Pending(process, made)
    util.register_after_fork(pending, _Pending.put_in)
    yield
    pending.made = {}


class _Pending:
    """What is to be put in where; multiprocessing's registry forgets it when it is gone."""

    def __init__(self, process: BaseProcess, made: Mapping[int, Any]) -> None:
        self.process = process
        self.made = made

    def put_in(self) -> None:
        """Runs in the child, before its target; a process that another thread forked meanwhile is let alone."""
        if processes.current_process() is self.process:
            if self.made:
                for holder in list(reachable(self.process)):
                    _put_in(holder, self._in_place_of)
            free_locks(list(reachable(self.process)))

    def _in_place_of(self, obj: Any) -> Any:
        found = self.made.get(id(obj))
        if found is not None:
            return found
        # Other containers are holders themselves, and keep their identity.
        return rebuilt(obj, self._in_place_of) if type(obj) in _IMMUTABLE else obj


_IMMUTABLE = (tuple, functools.partial, *_BOUND)


def _put_in(holder: Any, replace: Callable[[Any], Any]) -> None:
    """Replaces what `holder` itself holds."""
    if isinstance(holder, dict):
        _put_in_items(holder, list(holder.items()), replace)
    elif isinstance(holder, (list, deque)):
        _put_in_items(holder, list(enumerate(holder)), replace)
    elif isinstance(holder, set):
        for member in [member for member in holder if replace(member) is not member]:
            holder.remove(member)
            holder.add(replace(member))
    elif isinstance(holder, types.FunctionType):
        for cell in holder.__closure__ or ():
            with contextlib.suppress(ValueError):  # not filled yet
                cell.cell_contents = replace(cell.cell_contents)
        holder.__defaults__ = replace(holder.__defaults__)
        _put_in_items(
            holder.__kwdefaults__ or {}, list((holder.__kwdefaults__ or {}).items()), replace
        )
    if not isinstance(holder, (type, types.ModuleType)):
        attributes = getattr(holder, "__dict__", None)
        if isinstance(attributes, dict):
            _put_in_items(attributes, list(attributes.items()), replace)
        for member in slots(type(holder)):
            with contextlib.suppress(AttributeError):  # not set
                value = member.__get__(holder)
                if replace(value) is not value:
                    member.__set__(holder, replace(value))


def _put_in_items(holder: Any, items: list[tuple[Any, Any]], replace: Callable[[Any], Any]) -> None:
    for key, value in items:
        stand_in = replace(value)
        if stand_in is not value:
            holder[key] = stand_in


def _is(one: Any, other: Any) -> bool:
    return one is other
