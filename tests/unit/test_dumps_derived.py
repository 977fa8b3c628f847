"""Instances of classes derived from list and dict: the stream of stock pickle, whatever such a class changes."""

from __future__ import annotations

import collections
import io
import pickle
from collections.abc import Sized
from typing import Any, Generic, TypeVar

import pytest

import anypickle
from tests.helpers.streams import opcodes


class Items(list[Any]):
    pass


class Mapping(dict[Any, Any]):
    pass


class SlottedItems(list[Any]):
    __slots__ = ("first", "second")


class SlottedMapping(dict[Any, Any]):
    __slots__ = ("__dict__", "first")


class ShowsOthers(list[Any]):
    def __iter__(self) -> Any:
        return iter([7, 8])


class ShowsOtherPairs(dict[Any, Any]):
    def items(self) -> Any:
        return [(1, 2)]


class ShowsOtherKeys(dict[Any, Any]):
    def __iter__(self) -> Any:
        return iter(["other"])


class SetsMore(list[Any]):
    def __new__(cls, *items: Any) -> SetsMore:
        made = super().__new__(cls)
        made.made = True  # type: ignore[attr-defined]
        return made


class GivesState(dict[Any, Any]):
    def __getstate__(self) -> Any:
        return {"given": 1}


class Mixed(dict[Any, Any], Sized):
    pass


T = TypeVar("T")


class Parametrized(list[Any], Generic[T]):
    pass


SIZES = (0, 1, 2, 3, 999, 1000, 1001, 1002, 2001)
"""Around those of a batch, whose last one may be a single item."""
LISTS = (Items, SlottedItems, ShowsOthers, SetsMore, Parametrized, collections.deque)
DICTS = (
    *(Mapping, SlottedMapping, ShowsOtherPairs, ShowsOtherKeys, GivesState, Mixed),
    collections.OrderedDict,
)


def made(kind: Any, size: int) -> Any:
    if kind in DICTS:
        return kind(zip(range(size), range(size), strict=True))
    return kind(range(size))


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("kind", [*LISTS, *DICTS], ids=lambda kind: kind.__name__)
def test_the_stream_is_that_of_stock(kind: Any, protocol: int) -> None:
    for size in SIZES:
        plain, more = made(kind, size), made(kind, size)
        if hasattr(more, "__dict__"):
            more.attribute, more.itself = [1], more
        for obj in (plain, more):
            expected = opcodes(pickle.dumps(obj, protocol))
            file = io.BytesIO()
            anypickle.Pickler(file, protocol).dump(obj)
            assert opcodes(file.getvalue()) == expected
            assert opcodes(anypickle.dumps(obj, protocol)) == expected
            assert anypickle.loads(anypickle.dumps(obj, protocol)).__class__ is kind


def test_one_may_hold_itself_and_slots() -> None:
    items = SlottedItems([1])
    items.first = items  # type: ignore[misc]
    items.append(items)
    arrived = pickle.loads(anypickle.dumps(items))
    assert arrived.first is arrived
    assert arrived[1] is arrived
    mapping = Mapping()
    mapping["it"] = mapping
    back = pickle.loads(anypickle.dumps([mapping, mapping]))
    assert back[0] is back[1] is back[0]["it"]


def test_a_class_that_changes_is_written_as_it_is_then() -> None:
    class Changing(list[Any]):
        pass

    globals()["Changing"] = Changing
    Changing.__qualname__ = "Changing"
    try:
        before = anypickle.dumps(Changing([1, 2]))
        Changing.__iter__ = lambda self: iter([5])  # type: ignore[assignment, method-assign]
        assert list.__eq__(pickle.loads(before), [1, 2])
        assert list.__eq__(pickle.loads(anypickle.dumps(Changing([1, 2]))), [5])
    finally:
        del globals()["Changing"]
