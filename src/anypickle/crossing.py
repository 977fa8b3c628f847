"""The crossing that is under way in this thread: its channel, its root and the policies of this call.

    with crossing(Channel.TASK, root=obj):
        data = _core.dumps(obj)          # reducers ask current().channel

Threading: each thread has a crossing of its own; a crossing within a crossing (a reducer that pickles)
starts from the outer one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from anypickle.policy import Channel, Policy

__all__ = ["Crossing", "crossing", "current"]

_NO_POLICIES: Mapping[type | str, Policy] = MappingProxyType({})


@dataclass(slots=True)
class Crossing:
    """One walk over an object graph, from one side to the other."""

    channel: Channel = Channel.BYTES
    root: Any = None
    """The object that the walk began at, where the channel knows it."""
    policies: Mapping[type | str, Policy] = field(default_factory=lambda: _NO_POLICIES)
    """What this call wants, by type or by path pattern (`obj.*.lock`); goes before `anypickle.override`."""
    strict: bool = False
    """Refuse what stock pickle refuses unless it is named in `policies` or by `override`."""
    arms: bool = False
    """Whether rebuilding on the other side installs anypickle there."""
    observer: Callable[..., object] | None = None
    """Told of each recipe before it is asked, as (recipe, obj, policy); nothing is shared or opened meanwhile."""
    shares_main: bool = False
    """Whether the other side has this program's `__main__`, as what multiprocessing starts has."""
    warned: set[str] = field(default_factory=set)
    """The paths (or types) that this walk has warned of already."""


class _Stack(threading.local):
    def __init__(self) -> None:
        self.crossings: list[Crossing] = []


_stack = _Stack()
_PLAIN = Crossing()


def current() -> Crossing:
    """The innermost crossing of this thread; that of a plain `dumps` where none was begun."""
    return _stack.crossings[-1] if _stack.crossings else _PLAIN


@contextmanager
def crossing(
    channel: Channel | str,
    *,
    root: Any = None,
    policies: Mapping[type | str, Policy | str] | None = None,
    strict: bool | None = None,
    arms: bool | None = None,
    observer: Callable[..., object] | None = None,
    shares_main: bool | None = None,
) -> Iterator[Crossing]:
    """Begins a crossing for the time of a `with` block; what is not given is as in the outer one."""
    outer = current()
    inner = Crossing(
        channel=Channel(channel),
        root=root if root is not None else outer.root,
        policies=outer.policies
        if policies is None
        else {**outer.policies, **{kind: Policy(policy) for kind, policy in policies.items()}},
        strict=outer.strict if strict is None else strict,
        arms=outer.arms if arms is None else arms,
        observer=outer.observer if observer is None else observer,
        shares_main=outer.shares_main if shares_main is None else shares_main,
        warned=outer.warned if _stack.crossings else set(),
    )
    _stack.crossings.append(inner)
    try:
        yield inner
    finally:
        _stack.crossings.pop()
