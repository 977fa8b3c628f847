"""Queues with the items that they hold: the contents of one moment, taken under the queue's own mutex.

The threads that wait in a queue stay on this side. A queue that is handed to a process is another matter: it is one
queue for both sides (`anypickle.channels`), and so is `anypickle.Queue` everywhere.
"""

from __future__ import annotations

import gc
import queue
import sys
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers import hand_over
from anypickle.reducers.locks import taken_consistently
from anypickle.registry import Reduced, recipe

__all__: list[str] = []


@recipe(
    "queue:Queue",
    "queue:LifoQueue",
    "queue:PriorityQueue",
    policy=Policy.COPY,
    subclasses=True,
    meaning="a new queue with the same items and size, and no waiters",
)
def _reduce_queue(original: queue.Queue[Any], _policy: Policy, crossing: Crossing) -> Reduced:
    for handed_over in hand_over:
        if crossing.observer is None and (shared := handed_over(original)) is not None:
            return shared
    mutex = original.mutex
    taken = mutex.acquire(timeout=_PATIENCE)
    try:
        items = original.queue.copy()
        unfinished = original.unfinished_tasks
        extras = {name: value for name, value in vars(original).copy().items() if name not in _OWN}
    finally:
        if taken:
            mutex.release()
    if taken:
        taken_consistently(mutex)
    state = (original.maxsize, items, unfinished, extras)
    return (
        *_rebuild.reduced("queues:blank", type(original), state=state),
        None,
        None,
        set_queue,
    )


@recipe(
    "_queue:SimpleQueue",
    policy=Policy.COPY,
    meaning="a new queue with the same items, and no waiters",
)
def _reduce_simple_queue(
    original: queue.SimpleQueue[Any], _policy: Policy, _crossing: Crossing
) -> Reduced:
    return (*_rebuild.reduced("queues:simple_queue", state=_contents(original)), None, None, fill)


@recipe(
    "queue:_PySimpleQueue",
    policy=Policy.COPY,
    meaning="a new queue with the same items, and no waiters",
)
def _reduce_python_simple_queue(original: Any, _policy: Policy, _crossing: Crossing) -> Reduced:
    items = list(original._queue)
    return (*_rebuild.reduced("queues:python_simple_queue", state=items), None, None, fill)


# --- rebuilders: their names are in streams, for ever ----------------------------------------------------------


def blank(cls: type) -> Any:
    """A queue that `set_queue` fills."""
    return object.__new__(cls)


def set_queue(target: queue.Queue[Any], state: tuple[int, Any, int, dict[str, Any]]) -> None:
    """Fills a queue."""
    maxsize, items, unfinished, extras = state
    queue.Queue.__init__(target, maxsize)
    vars(target).update(extras)
    target.queue = items
    target.unfinished_tasks = unfinished


def simple_queue() -> queue.SimpleQueue[Any]:
    """A new `queue.SimpleQueue`."""
    return queue.SimpleQueue()


def python_simple_queue() -> Any:
    """A new one in Python, as `queue` has it where there is none in C."""
    return queue._PySimpleQueue()  # type: ignore[attr-defined]


def fill(target: Any, items: list[Any]) -> None:
    """Puts items into a queue that has just been made."""
    for item in items:
        target.put(item)


# --- what they share -------------------------------------------------------------------------------------------

_PATIENCE = 1.0
"""Seconds to wait for the mutex of a queue; who holds it for longer may be this very thread."""
_OWN = frozenset({"maxsize", "queue", "unfinished_tasks"})
"""The mutex and the conditions over it are not among them: other objects may share them."""


def _contents(original: queue.SimpleQueue[Any]) -> list[Any]:
    """The items in order, which only the garbage collector's view of a queue shows without taking them out.

    Up to Python 3.12 it holds a list whose first places may be used up; since then a ring.
    """
    held = gc.get_referents(original)
    if sys.version_info >= (3, 13):
        return [item for item in held if item is not type(original)]
    count = original.qsize()
    return held[0][-count:] if count else []
