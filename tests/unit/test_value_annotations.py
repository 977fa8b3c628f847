"""Annotations cross as they are: those that are computed when asked for, and those that somebody has changed."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from typing import Any

import pytest

import anypickle
from tests.helpers.programs import FreshLoader

SOURCE = """
from abc import ABC
class Meta(type):
    pass
class Plain:
    a: int = 1
    b: later
class OfMeta(metaclass=Meta):
    a: int = 1
class Abstract(ABC):
    a: int = 1
    class Inner:
        pass
    def method(self) -> Inner: pass
def function(a: int, b: later = 0) -> str: pass
later = float
"""


@pytest.fixture
def space() -> dict[str, Any]:
    # A namespace that is no module, without what this file imports from __future__.
    space: dict[str, Any] = {"__name__": "no.such.module"}
    # Until Python 3.13 annotations are evaluated at once.
    source = SOURCE if sys.version_info >= (3, 14) else "later = float" + SOURCE
    exec(compile(source, "space.py", "exec", dont_inherit=True), space)
    return space


def sent(thing: Any) -> Any:
    return pickle.loads(anypickle.dumps(thing))


NAMES = ["function", "Plain", "OfMeta", "Abstract"]
TELL = "for n, v in value.items(): print(n, {k: a.__name__ for k, a in v.__annotations__.items()})"


def read(thing: Any) -> None:
    assert thing.__annotations__["a"] is int


def add(thing: Any) -> None:
    thing.__annotations__["extra"] = bytes


def delete(thing: Any) -> None:
    del thing.__annotations__["a"]


def replace(thing: Any) -> None:
    thing.__annotations__ = {"other": set}


def refer_to_itself(thing: Any) -> None:
    thing.__annotations__["self"] = thing


@pytest.mark.parametrize("change", [id, read, add, delete, replace, refer_to_itself])
def test_annotations_arrive_as_they_are(
    space: dict[str, Any], load_elsewhere: FreshLoader, capsys: Any, change: Callable[[Any], Any]
) -> None:
    value = {name: space[name] for name in NAMES}
    for thing in value.values():
        change(thing)
    there = load_elsewhere(anypickle.dumps(value), TELL)
    exec(TELL)
    assert there == capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_reading_them_changes_no_hash(space: dict[str, Any], name: str) -> None:
    before = anypickle.dumps(space[name], channel="hash")
    read(space[name])
    assert anypickle.dumps(space[name], channel="hash") == before


def test_annotations_look_names_up_in_the_class_that_arrives(
    space: dict[str, Any], load_elsewhere: FreshLoader
) -> None:
    said = load_elsewhere(
        anypickle.dumps((space["Abstract"], space["Abstract"].method)),
        """
        cls, method = value
        print(method is cls.method, method.__annotations__["return"] is cls.Inner)
        """,
    )
    assert said == "True True\n"
    assert sent(space["Abstract"].method).__annotations__["return"].__name__ == "Inner"


if sys.version_info >= (3, 14):
    import annotationlib

    def test_unresolved_annotations_cross_unresolved(space: dict[str, Any]) -> None:
        del space["later"]
        for name in ("function", "Plain"):
            arrived = sent(space[name])
            found = annotationlib.get_annotations(arrived, format=annotationlib.Format.STRING)
            assert found["b"] == "later"
            with pytest.raises(NameError):
                _ = arrived.__annotations__
            arrived.__annotate__.__globals__["later"] = 5
            assert arrived.__annotations__["b"] == 5

    def test_the_function_that_computes_them_is_kept(space: dict[str, Any]) -> None:
        function = space["function"]
        function.__annotations__["extra"] = bytes
        arrived = sent(function)
        assert arrived.__annotate__(1) == {"a": int, "b": float, "return": str}
        assert "extra" in arrived.__annotations__

    def test_what_is_set_has_no_function_that_computes_it(space: dict[str, Any]) -> None:
        space["function"].__annotations__ = {"a": 1}
        assert sent(space["function"]).__annotate__ is None

    def test_what_a_class_is_given_later_is_found_there(
        space: dict[str, Any], load_elsewhere: FreshLoader
    ) -> None:
        del space["later"]
        look = "value.later = 5; print(value.__annotations__['b'])"
        assert load_elsewhere(anypickle.dumps(space["Plain"]), look) == "5\n"

    def test_forward_references_cross(space: dict[str, Any]) -> None:
        del space["later"]
        found = annotationlib.get_annotations(
            space["function"], format=annotationlib.Format.FORWARDREF
        )
        assert sent(found)["b"].__forward_arg__ == "later"
