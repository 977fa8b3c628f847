"""Queues with the items that they hold: the contents of one moment, taken under the queue's own mutex.

The threads that wait in a queue stay on this side. A queue that is handed to a process is another matter: it is one
queue for both sides (`anypickle.channels`), and so is `anypickle.Queue` everywhere.
"""

from __future__ import annotations

import queue
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
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
def _reduce_queue(original: queue.Queue[Any], _policy: Policy, _crossing: Crossing) -> Reduced:
    with original.mutex:
        items = original.queue.copy()
        unfinished = original.unfinished_tasks
        extras = {name: value for name, value in vars(original).items() if name not in _OWN}
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

_OWN = frozenset(vars(queue.Queue()))


def _contents(original: queue.SimpleQueue[Any]) -> list[Any]:
    """The items, in order. A queue in C can only be read by taking them out: they go back at once, in order.

    Another thread that puts meanwhile may find its item between them; none is lost, none doubled.
    """
    items: list[Any] = []
    for _ in range(original.qsize()):
        try:
            items.append(original.get_nowait())
        except queue.Empty:
            break
    for item in items:
        original.put(item)
    return items
