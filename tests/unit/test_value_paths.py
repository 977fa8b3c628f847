"""Warnings from within functions and classes by value name the place as `explain` does: by an expression on `obj`."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import anypickle

Place = Callable[[Any], Any]


def _global(lock: Any) -> Any:
    space: dict[str, Any] = {"__name__": "space", "held": [lock]}
    exec("def f(): return held", space)
    return space["f"]


def _cell(lock: Any) -> Any:
    return lambda: lock


def _default(lock: Any) -> Any:
    def f(x: Any = (1, lock), *, y: Any = lock) -> Any: ...

    return f


def _attribute(lock: Any) -> Any:
    def f() -> None: ...

    f.lock = lock  # type: ignore[attr-defined]
    return f


def _class(lock: Any) -> Any:
    class Local:
        held: Any = {"a": [lock]}

    return Local()


def _base(lock: Any) -> Any:
    class Base:
        held = lock

    return type("Derived", (Base,), {})


def _metaclass(lock: Any) -> Any:
    class Meta(type):
        held = (lock,)

    return Meta("Made", (), {})


def _method(lock: Any) -> Any:
    class Local:
        def method(self) -> Any:
            return lock

    return Local


PATHS = {
    _global: "obj[0].__globals__['held'][0]",
    _cell: "obj[0].__closure__[0].cell_contents",
    _default: "obj[0].__defaults__[0][1]",
    _attribute: "obj[0].lock",
    _class: "obj[0].__class__.held['a'][0]",
    _base: "obj[0].__bases__[0].held",
    _metaclass: "obj[0].__class__.held[0]",
    _method: "obj[0].method.__closure__[0].cell_contents",
}


@pytest.mark.parametrize("make", PATHS, ids=lambda make: make.__name__)
def test_the_path_of_a_held_lock(make: Place) -> None:
    lock = threading.Lock()
    obj = [make(lock)]
    with lock, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        anypickle.dumps(obj)
    paths = [str(warning.message).partition(": it is held")[0] for warning in said]
    assert paths[:1] == [PATHS[make]]
    assert eval(paths[0], {"obj": obj}) is lock
    assert paths[0] in anypickle.explain(obj, channel="bytes").findings[0].paths
