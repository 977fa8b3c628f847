"""One value of each kind, the same in every release: what the golden streams hold.

The classes are named in streams that are read for ever: never rename or move them. A kind is added with a new name;
none is changed, else the streams of old releases would no longer compare.
"""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import pathlib
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple


class Plain:
    """An instance with a `__dict__`."""

    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


class Slots:
    """An instance with slots, in two classes."""

    __slots__ = ("a", "b")


class MoreSlots(Slots):
    """Slots, inherited ones and a `__dict__`."""

    __slots__ = ("__dict__", "c")


class WithState:
    """Its state is not its `__dict__`."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def __getstate__(self) -> tuple[int, str]:
        return self.value, "state"

    def __setstate__(self, state: tuple[int, str]) -> None:
        self.value = state[0]


class WithNewArguments(tuple):
    """Made with keyword arguments."""

    def __new__(cls, *, first: int = 0, second: int = 0) -> WithNewArguments:
        return super().__new__(cls, (first, second))

    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, int]]:
        return (), {"first": self[0], "second": self[1]}


class Bag(list):
    """A list with attributes."""


class Table(dict):
    """A dict with attributes."""


class Color(enum.Enum):
    """An enumeration."""

    RED = 1
    BLUE = "blue"


class Mode(enum.Flag):
    """Flags."""

    READ = 1
    WRITE = 2


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: int


@dataclasses.dataclass
class Record:
    """A dataclass."""

    name: str
    tags: list[str]


def function(x: int) -> int:
    """Found by its name."""
    return x + 1


def _slots() -> MoreSlots:
    obj = MoreSlots()
    obj.a, obj.b, obj.c, obj.extra = 1, "two", [3], None  # type: ignore[attr-defined]
    return obj


def _with_attributes(container: Any, **attributes: object) -> Any:
    container.__dict__.update(attributes)
    return container


def _loops() -> dict[str, Any]:
    loop: dict[str, Any] = {"list": [], "plain": Plain()}
    loop["list"].append(loop["list"])
    loop["plain"].me = loop["plain"]
    inside: list[Any] = []
    inside.append((inside,))
    loop["tuple"] = inside[0]
    loop["dict"] = loop
    return loop


def _shared() -> list[Any]:
    word, numbers, pair = "".join(["sha", "red"]), [1, 2], (1, [2])
    return [word, word, numbers, numbers, pair, pair, {"w": word, "n": numbers}]


_UTC5 = dt.timezone(dt.timedelta(hours=5), "five")

#: name -> builder
KINDS: dict[str, Callable[[], Any]] = {
    "none and truth": lambda: [None, True, False],
    "ints": lambda: [
        s * n for n in (0, 1, 255, 256, 2**16, 2**31, 2**63, 2**2100) for s in (1, -1)
    ],
    "floats": lambda: [0.0, -0.0, 1.5, 1e300, 5e-324, float("inf"), float("-inf")],
    "complex": lambda: [1 + 2j, complex("inf")],
    "strings": lambda: [
        "",
        "a",
        "x" * 300,
        "\n\\ ' \"",
        "Grüße",
        "日本",
        "🐍",
        "\ud800",
        "y" * 70000,
    ],
    "bytes": lambda: [b"", b"a", bytes(range(256)), b"z" * 70000],
    "bytearrays": lambda: [bytearray(), bytearray(b"abc"), bytearray(b"q" * 70000)],
    "tuples": lambda: [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((), ((),))],
    "lists": lambda: [[], [1], [[[]]], list(range(1001))],
    "dicts": lambda: [{}, {"a": 1}, {1: "a", (2, 3): None}, {i: i for i in range(1001)}],
    "sets": lambda: [set(), {1, 2}, frozenset(), frozenset({3}), {frozenset({4})}],
    "shared": _shared,
    "loops": _loops,
    "singletons": lambda: [..., NotImplemented, type(None), type(...), type(NotImplemented)],
    "names": lambda: [len, int, dict, function, Plain, collections.OrderedDict, dt.datetime.now],
    "ranges": lambda: [range(3), range(1, 9, 2), slice(1, None, 3)],
    "times": lambda: [
        dt.date(1980, 5, 7),
        dt.time(1, 2, 3, 4, tzinfo=_UTC5),
        dt.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC, fold=1),
        dt.timedelta(-1, 2, 3),
        _UTC5,
    ],
    "numbers": lambda: [decimal.Decimal("1.50"), fractions.Fraction(-3, 4)],
    "identifiers": lambda: [uuid.UUID(int=7)],
    "paths": lambda: [pathlib.PurePosixPath("/a/b"), pathlib.PureWindowsPath("c:/d")],
    "enums": lambda: [Color.RED, Color.BLUE, Mode.READ, Mode.READ | Mode.WRITE],
    "named tuples": lambda: [Point(1, 2), Point],
    "dataclasses": lambda: [Record("n", ["a", "b"])],
    "plain instances": lambda: [Plain(), Plain(a=1, b=[2]), Plain(inner=Plain(c=3))],
    "state": lambda: [WithState(5)],
    "collections": lambda: [
        collections.OrderedDict(a=1, b=2),
        collections.defaultdict(list, a=[1]),
        collections.deque([1, 2, 3], 5),
        collections.Counter("abca"),
        collections.ChainMap({"a": 1}, {"b": 2}),
    ],
    "subclasses": lambda: [
        _with_attributes(Bag([1, 2]), name="bag"),
        _with_attributes(Table(a=1), name="table"),
    ],
    "exceptions": lambda: [ValueError("no", 3).args, type(KeyError("k")), KeyError("k").args],
    "arrays": lambda: [array.array("d", [1.5, 2.5]), array.array("b")],
    "bound methods": lambda: [Plain.__init__, "abc".upper()],
}

#: kinds that need protocol 2: stock refuses them below
KINDS_FROM_2: dict[str, Callable[[], Any]] = {
    "slots instances": lambda: [_slots()],
    "keyword arguments": lambda: [WithNewArguments(first=1, second=2)],
}


def kinds(protocol: int) -> dict[str, Callable[[], Any]]:
    """The kinds that can be written with `protocol`."""
    return KINDS | (KINDS_FROM_2 if protocol >= 2 else {})
