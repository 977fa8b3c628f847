"""tqdm: bars cross with where they are; the lock that all bars of a program write under is that of the other side."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.registry import Reduced, recipe


@recipe(
    "tqdm.std:TqdmDefaultWriteLock",
    policy=Policy.REFERENCE,
    meaning="the lock that the bars of the other side write under",
)
def _reduce_lock(lock: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.tqdm:write_lock")


def write_lock() -> Any:
    """The lock of the bars of this process."""
    from tqdm import tqdm

    return tqdm.get_lock()


@recipe(
    "tqdm.utils:ObjectWrapper",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the same wrapper around the copy of what it wraps",
)
def _reduce_wrapper(wrapper: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = {**vars(wrapper)}
    return (*_rebuild.reduced("contrib.tqdm:wrapper", type(wrapper), state=state), None, None, fill)


def wrapper(cls: type) -> Any:
    """A wrapper that `fill` completes: asked for any attribute before, it would ask itself without end."""
    return bare(cls)


def fill(wrapper: Any, state: dict[str, Any]) -> None:
    """Sets the attributes of a wrapper."""
    vars(wrapper).update(state)
