"""Frozen dataclasses with slots, whose state is a list of their fields: written and read as stock pickle does."""

from __future__ import annotations

import dataclasses
import io
import pickle
from dataclasses import InitVar, dataclass, field
from typing import Any, ClassVar

import pytest

import anypickle
from tests.helpers.streams import opcodes


@dataclass(frozen=True, slots=True)
class Point:
    x: Any
    y: Any = "y"
    z: float = 1.5


@dataclass(frozen=True, slots=True)
class One:
    x: Any


@dataclass(frozen=True, slots=True)
class Derived(Point):
    more: list[int] = field(default_factory=list)
    shared: ClassVar[int] = 3
    given: InitVar[int] = 4


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Referable:
    x: int


@dataclass(frozen=True, slots=True)
class Mangled:
    _x: int
    __y: int = 2


@dataclass(frozen=True)
class WithDict:
    x: int


@dataclass(frozen=True, slots=True)
class OfOneWithDict(WithDict):
    y: int = 1


@dataclass(frozen=True, slots=True)
class OwnState:
    x: Any

    def __getstate__(self) -> Any:
        return ("own",)

    def __setstate__(self, state: Any) -> None:
        object.__setattr__(self, "x", state)


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


class Plain(Point):
    pass


def loop() -> One:
    made = One(None)
    object.__setattr__(made, "x", [made])
    return made


def with_attribute() -> Plain:
    made = Plain(1)
    object.__setattr__(made, "extra", 1)
    return made


EXAMPLES: list[Any] = [
    *(Point(1), One([1]), Derived(1, more=[2]), Referable(1), Mangled(1), OfOneWithDict(1)),
    *(OwnState(1), Nothing(), Plain(1), with_attribute(), loop()),
    [Point(1), Point(2, [3])] * 2,
]


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("obj", EXAMPLES, ids=range(len(EXAMPLES)))
def test_as_stock(obj: Any, protocol: int) -> None:
    stream = pickle.dumps(obj, protocol)
    expected = repr(pickle.loads(stream))
    file = io.BytesIO()
    for _ in range(2):  # the second one is from a plan
        anypickle.Pickler(file, protocol).dump(obj)
        assert (
            opcodes(file.getvalue()) == opcodes(anypickle.dumps(obj, protocol)) == opcodes(stream)
        )
        file.seek(0)
        for back in (
            anypickle.loads(stream),
            anypickle.load(file),
            pickle.loads(anypickle.dumps(obj)),
        ):
            assert repr(back) == expected
        file = io.BytesIO()


def test_one_without_a_field_is_an_error() -> None:
    for _ in range(2):
        with pytest.raises(AttributeError, match=r"Point' object has no attribute 'x'"):
            anypickle.dumps(object.__new__(Point))


def test_a_borrowed_slot_is_no_place_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True, slots=True)
    class Borrows:
        x: int

    monkeypatch.setitem(globals(), "Borrows", Borrows)
    Borrows.__qualname__ = "Borrows"
    obj = Borrows(1)
    Borrows.x = Derived.more  # type: ignore[assignment, misc]
    for dump in (pickle.dumps, anypickle.dumps):
        with pytest.raises(TypeError, match="doesn't apply"):
            dump(obj)
    stream = (
        b"\x80\x04\x8c"
        + bytes([len(__name__)])
        + __name__.encode()
        + b"\x8c\x07Borrows\x93)\x81]K\x01ab."
    )
    for load in (pickle.loads, anypickle.loads):
        with pytest.raises(TypeError, match="doesn't apply"):
            load(stream)


def test_what_dataclasses_does_may_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = anypickle.dumps(Point(1))
    assert anypickle.loads(stream) == Point(1)
    function: Any = dataclasses._dataclass_setstate  # type: ignore[attr-defined]

    def replacement(self: Any, state: Any) -> None:
        object.__setattr__(self, "x", "replaced")
        object.__setattr__(self, "y", "replaced")
        object.__setattr__(self, "z", "replaced")

    monkeypatch.setattr(function, "__code__", replacement.__code__)
    assert anypickle.loads(stream).x == "replaced"
