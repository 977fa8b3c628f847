"""asyncio's locks and queues, free of the event loop that they were used on; loops, tasks and futures stay here.

One that no loop has used crosses as stock pickle has it. Otherwise nobody waits at the copy, and it belongs to the loop
that uses it first.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import HeldLockWarning, Policy
from anypickle.reducers._instances import as_stock, bare
from anypickle.registry import Reduced, recipe

_WAITING = ("_waiters", "_getters", "_putters")


@recipe(
    "asyncio.locks:Lock",
    "asyncio.locks:Event",
    "asyncio.locks:Condition",
    "asyncio.locks:Semaphore",
    "asyncio.locks:BoundedSemaphore",
    "asyncio.locks:Barrier",
    "asyncio.queues:Queue",
    "asyncio.queues:PriorityQueue",
    "asyncio.queues:LifoQueue",
    policy=Policy.FRESH,
    subclasses=True,
    meaning="the same state, without waiters and for any loop; a lock arrives unlocked",
)
def _reduce(primitive: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = vars(primitive)
    held = state.get("_locked", False)
    used = state.get("_loop") is not None or any(state.get(name) for name in _WAITING)
    if not held and not used and not state.get("_count"):
        return as_stock(primitive)
    if held:
        crossing.warn(HeldLockWarning, primitive, "it is held, and arrives unlocked")
    clean = {name: value for name, value in state.items() if name not in ("_loop", *_WAITING)}
    for name in _WAITING:
        if name in state:
            clean[name] = None if state[name] is None else deque()
    if held:
        clean["_locked"] = False
    if "_parties" in state:
        clean.update(_count=0, _state=type(state["_state"]).FILLING)
    return _rebuild.reduced("asyncio:primitive", type(primitive), state=clean)


def primitive(cls: type) -> Any:
    """One that its state fills."""
    return bare(cls)


@recipe(
    "asyncio.base_events:BaseEventLoop",
    "asyncio.events:AbstractEventLoop",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="an event loop belongs to the thread that runs it: call asyncio.run() on the other side",
)
@recipe(
    "_asyncio:Task",
    "_asyncio:Future",
    "asyncio.futures:Future",
    "asyncio.tasks:Task",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it belongs to an event loop of this process: pass its result, or the coroutine function and its arguments",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
