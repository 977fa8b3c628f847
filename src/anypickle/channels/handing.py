"""What is handed to a worker: queues, locks that are arguments, and the events of a process are one for both sides.

The pickler of a channel has these functions in its dispatch table, so they are asked before the recipes. They
decide what only the channel can know: whether a lock belongs to an object, which then has a lock of its own over there,
or was itself an argument, and was meant to exclude those who get it. An event guards nothing: its one use is to tell
others, so what a process is started with has the caller's, as with queues, even in an object's attribute
(`worker.stop.set()`). In what a task of a pool carries along, events are the object's own affair.
A policy that the user chose goes before.
"""

from __future__ import annotations

import copyreg
import multiprocessing.process
import queue
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

from anypickle import choices, registry
from anypickle._locks import LOCK, RLOCK, STAND_FOR
from anypickle.crossing import Crossing, current, noted
from anypickle.policy import Channel, Policy

__all__ = ["arrives_shared", "handed", "table"]

_CARRIERS = frozenset(
    {"args", "kwargs", "keywords", "func", "fn", "items", "__self__", "__reduce_ex__"}
)
"""Attributes by which pools, `functools.partial` and bound methods hold what a function is called with."""
_RESULTS = frozenset({"_ResultItem", "_ExceptionWithTraceback", "ExceptionWithTraceback"})
_ATTRIBUTE = re.compile(r"\.([^\W\d]\w*)")


def table(*others: dict[type, Any]) -> dict[type, Any]:
    """A dispatch table: copyreg's, then these functions, then what other tables have."""
    made: dict[type, Any] = {**copyreg.dispatch_table, **_TABLE}
    for ours, stock in STAND_FOR.items():
        made[ours] = _TABLE[stock]
    for other in others:
        made.update(other)
    if getattr(made.get(MethodType), "__module__", "") == "multiprocessing.reduction":
        del made[MethodType]  # it finds the function by its name, whether or not that leads there
    return made


class _Handed(threading.local):
    """What the process that this thread is starting is handed, by id, whatever path leads to it."""

    def __init__(self) -> None:
        self.objects: dict[int, Any] = {}


_handed = _Handed()


@contextmanager
def handed(objects: dict[int, Any]) -> Iterator[None]:
    """Says, for the time in which a process starts, what of it is one thing for both sides."""
    before, _handed.objects = _handed.objects, objects
    try:
        yield
    finally:
        _handed.objects = before


def arrives_shared(obj: Any, path: str, channel: Channel) -> bool:
    """Whether an object that lies at this path of what a worker is handed is one thing for both sides.

    For reports: nobody has chosen otherwise, and nothing is shared.
    """
    reduce = table().get(type(obj))
    if reduce is _reduce_event and channel is Channel.SPAWN:
        return True
    return reduce is _reduce_queue or (reduce is not None and _lies_in_argument(path))


def _reduce_queue(obj: Any) -> Any:
    return _hand_over(obj) if _is_free_to_choose(obj) else _by_recipe(obj)


def _reduce_lock(obj: Any) -> Any:
    shared = _is_free_to_choose(obj) and (
        id(obj) in _handed.objects or _came_from_elsewhere(obj) or _is_argument(current())
    )
    return _hand_over(obj) if shared else _by_recipe(obj)


def _came_from_elsewhere(obj: Any) -> bool:
    from anypickle.shared import promoted_threading

    return promoted_threading.came_from_elsewhere(obj)


def _reduce_event(obj: Any) -> Any:
    started_with = current().channel is Channel.SPAWN and _is_free_to_choose(obj)
    return _hand_over(obj) if started_with else _reduce_lock(obj)


def _by_recipe(obj: Any) -> Any:
    recipe = registry.resolve(type(obj))
    return obj.__reduce_ex__(5) if recipe is None else recipe(obj)


def _hand_over(obj: Any) -> Any:
    from anypickle.shared.handover import reduce_shared

    noted(f"{type(obj).__module__}:{type(obj).__qualname__}", Policy.SHARED)
    return reduce_shared(obj)


def _is_free_to_choose(obj: Any) -> bool:
    """Whether nobody has chosen another policy than that of the recipe, and this is a road to a worker."""
    under = current()
    recipe = registry.resolve(type(obj))
    if recipe is None or not under.arms or under.channel not in (Channel.TASK, Channel.SPAWN):
        return False
    return choices.policy_for(recipe, obj, under) is recipe.policy_on(under.channel)


def _is_argument(crossing: Crossing) -> bool:
    """Whether what is being reduced was handed over by itself, or in a list, tuple or dict: not in an attribute.

    What a worker sends back is a result: its locks are new ones, for the worker may be gone when they are used.
    """
    from anypickle.crossing import current_path

    if multiprocessing.process.parent_process() is not None and not _is_task(crossing.root):
        return False
    if type(crossing.root).__name__ in _RESULTS:
        return False
    path = current_path()
    return path is not None and _lies_in_argument(path)


def _lies_in_argument(path: str) -> bool:
    return _CARRIERS.issuperset(_ATTRIBUTE.findall(path))


def _is_task(root: Any) -> bool:
    """Whether a pool sends this to a worker: five things for multiprocessing's, an item of its own for the others."""
    return (type(root) is tuple and len(root) == 5) or type(root).__name__ == "_CallItem"


_TABLE: dict[type, Any] = {
    threading.Event: _reduce_event,
    **dict.fromkeys(
        (queue.Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue), _reduce_queue
    ),
    **dict.fromkeys(
        (
            LOCK,
            RLOCK,
            threading.Condition,
            threading.Semaphore,
            threading.BoundedSemaphore,
            threading.Barrier,
        ),
        _reduce_lock,
    ),
}
