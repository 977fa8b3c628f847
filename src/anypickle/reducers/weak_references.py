"""Weak references bring what they point to, which lives on where it arrives if something else there holds it."""

from __future__ import annotations

import weakref
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import as_stock
from anypickle.registry import recipe

__all__ = ["dead", "dictionary", "method", "proxy", "reference", "set_of"]

_MEANING = "refers to what it points to, where that crosses too; dead otherwise"


class _Gone:
    """What a dead reference was made from."""

    def leave(self) -> None: ...


@recipe(weakref.ref, policy=Policy.COPY, subclasses=True, meaning=_MEANING)
def reduce_reference(
    found: weakref.ref[Any], policy: Policy, crossing: Crossing
) -> tuple[Any, ...]:
    target = found()
    if isinstance(found, weakref.WeakMethod):
        return _rebuild.reduced("weak_references:method", target)
    if target is None:
        return _rebuild.reduced("weak_references:dead", type(found))
    state = getattr(found, "__dict__", None)
    callback = found.__callback__
    return _rebuild.reduced(
        "weak_references:reference", type(found), target, callback, state=state or None
    )


def reference(kind: type[Any], target: Any, callback: Any) -> Any:
    """A weak reference of this kind."""
    return kind(target) if callback is None else kind(target, callback)


def dead(kind: type[Any]) -> Any:
    """A weak reference to nothing any more."""
    return kind(_Gone())


def method(bound: Any) -> weakref.WeakMethod[Any]:
    """A weak reference to a bound method, or a dead one."""
    return weakref.WeakMethod(_Gone().leave if bound is None else bound)


@recipe(weakref.ProxyType, weakref.CallableProxyType, policy=Policy.COPY, meaning=_MEANING)
def reduce_proxy(found: Any, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    try:
        target = found.__reduce_ex__.__self__
    except ReferenceError:
        return _rebuild.reduced("weak_references:proxy", None)
    return _rebuild.reduced("weak_references:proxy", target)


def proxy(target: Any) -> Any:
    """A weak proxy, or a dead one."""
    return weakref.proxy(_Gone() if target is None else target)


@recipe(weakref.WeakSet, policy=Policy.COPY, subclasses=True, meaning=_MEANING)
def reduce_weak_set(
    found: weakref.WeakSet[Any], policy: Policy, crossing: Crossing
) -> tuple[Any, ...]:
    return _rebuild.reduced(
        "weak_references:set_of", type(found), list(found), state=_extra(found, type(found)())
    )


def set_of(kind: type[Any], members: list[Any]) -> Any:
    """A weak set."""
    return kind(members)


@recipe(
    weakref.WeakKeyDictionary,
    weakref.WeakValueDictionary,
    policy=Policy.COPY,
    subclasses=True,
    meaning=_MEANING,
)
def reduce_weak_dictionary(found: Any, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    reduced = _rebuild.reduced(
        "weak_references:dictionary", type(found), state=_extra(found, type(found)())
    )
    return (*(reduced if len(reduced) == 3 else (*reduced, None)), None, iter(list(found.items())))


def dictionary(kind: type[Any]) -> Any:
    """An empty weak dictionary; its items follow."""
    return kind()


def _extra(found: Any, empty: Any) -> dict[str, Any] | None:
    """What a user put on a weak container beside what every one has."""
    usual = vars(empty)
    return {name: value for name, value in vars(found).copy().items() if name not in usual} or None


@recipe(
    weakref.finalize,
    policy=Policy.COPY,
    subclasses=True,
    meaning="one that was detached: what it waits for goes here, and what it does then is done here",
)
def reduce_finalizer(found: Any, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    return as_stock(found)
