"""What the codec is measured on: one builder for each kind of data, from one object to tens of thousands.

The three `bm_pickle` shapes are those of pyperformance's benchmarks of that name. Values are made from a fixed seed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import pathlib
import random
import string
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

N = 10_000
_random = random.Random(20)


class Plain:
    """An instance with a `__dict__`."""

    def __init__(self, a: int, b: str, c: float) -> None:
        self.a, self.b, self.c = a, b, c

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plain) and self.__dict__ == other.__dict__


class Slots:
    """An instance with slots."""

    __slots__ = ("a", "b", "c")

    def __init__(self, a: int, b: str, c: float) -> None:
        self.a, self.b, self.c = a, b, c

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Slots) and (self.a, self.b, self.c) == (other.a, other.b, other.c)


@dataclasses.dataclass
class Record:
    """A dataclass."""

    a: int
    b: str
    c: float


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: int
    label: str


class Color(enum.Enum):
    """An enumeration."""

    RED = 1
    GREEN = 2
    BLUE = 3


def _word(length: int = 10) -> str:
    return "".join(_random.choices(string.ascii_letters, k=length))


def _profile() -> dict[str, Any]:
    """A dict like a row of a users table: 30 short keys, mostly small ints and short strings."""
    row: dict[str, Any] = {_word(12): _random.choice([0, 1, 9, 18]) for _ in range(14)}
    row |= {_word(12): _word(_random.randrange(14)) for _ in range(10)}
    row |= {_word(10): _random.randrange(10**9) for _ in range(4)}
    return row | {
        "flags": 412317970704,
        "birthday": dt.date(1980, 5, 7),
        "tags": list("abcdefg"),
    }


def _deep(depth: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    return nested


def _tree(leaves: int) -> dict[str, Any]:
    """Dicts, lists and tuples, about ten objects for each leaf record."""
    return {
        f"node{i}": {"id": i, "name": _word(), "tags": [_word(4), _word(4)], "at": (i, i + 0.5)}
        for i in range(leaves)
    }


def _shared() -> list[Any]:
    common = [{"id": i, "name": _word()} for i in range(100)]
    return [common[_random.randrange(100)] for _ in range(N)]


def _numpy(kind: str) -> Any:
    import numpy as np

    match kind:
        case "scalars":
            return [np.float64(i) for i in range(1000)] + [np.int32(i) for i in range(1000)]
        case "small":
            return [np.arange(8.0) for _ in range(1000)]
        case _:
            return np.arange(10_000_000, dtype=np.float64)


def _day(i: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=i)


#: name -> builder; each is measured with dumps and with loads
MANY: dict[str, Callable[[], Any]] = {
    "bm_pickle": lambda: (
        [_profile(), ([_random.randrange(10**18) for _ in range(60)], 60)]
        + [_profile() for _ in range(3)]
    ),
    "bm_pickle list": lambda: [[list(range(10)), list(range(10))] for _ in range(10)],
    "bm_pickle dict of dict": lambda: {key: {} for key in range(50)},
    "small ints": lambda: [i % 256 for i in range(N)],
    "32-bit ints": lambda: [_random.randrange(2**16, 2**31) for _ in range(N)],
    "64-bit ints": lambda: [_random.randrange(2**40, 2**62) for _ in range(N)],
    "floats": lambda: [_random.random() for _ in range(N)],
    "unique strings": lambda: [_word() for _ in range(N)],
    "repeated strings": lambda: [w for w in [_word() for _ in range(50)] for _ in range(N // 50)],
    "non-ASCII strings": lambda: [f"Grüße {i} ÄÖÜ 日本語" for i in range(N)],
    "bytes": lambda: [_random.randbytes(12) for _ in range(N)],
    "tuples": lambda: [(i, _word(5)) for i in range(N)],
    "records": lambda: [
        {"id": i, "name": _word(), "score": i / 3, "ok": True, "parent": None} for i in range(3000)
    ],
    "sets": lambda: [{i, i + 1, i + 2} for i in range(3000)] + [set(range(N))],
    "shared references": _shared,
    "datetime": lambda: [dt.datetime(2020, 1, 1) + dt.timedelta(seconds=i) for i in range(3000)],
    "date": lambda: [_day(i) for i in range(3000)],
    "Decimal": lambda: [decimal.Decimal(i) / 8 for i in range(3000)],
    "UUID": lambda: [uuid.UUID(int=_random.getrandbits(128)) for _ in range(3000)],
    "Path": lambda: [pathlib.PurePosixPath("/srv/data") / _word() for _ in range(3000)],
    "Enum": lambda: [_random.choice(list(Color)) for _ in range(3000)],
    "named tuples": lambda: [Point(i, -i, _word(5)) for i in range(3000)],
    "dataclasses": lambda: [Record(i, _word(5), i / 3) for i in range(3000)],
    "plain instances": lambda: [Plain(i, _word(5), i / 3) for i in range(3000)],
    "slots instances": lambda: [Slots(i, _word(5), i / 3) for i in range(3000)],
    "numpy scalars": lambda: _numpy("scalars"),
    "numpy arrays of 8": lambda: _numpy("small"),
    "nesting 400 deep": lambda: [_deep(400) for _ in range(10)],
}

#: calls on one small object: what a call costs
ONE: dict[str, Callable[[], Any]] = {
    "one int": lambda: 12,
    "one dict of 5": lambda: {"a": 1, "b": 2.5, "c": "text", "d": None, "e": [1, 2]},
    "one instance": lambda: Plain(1, "b", 0.5),
}

#: large buffers
LARGE: dict[str, Callable[[], Any]] = {
    "10 MB bytes": lambda: _random.randbytes(10_000_000),
    "10 MB str": lambda: "0123456789" * 1_000_000,
    "80 MB array": lambda: _numpy("large"),
}


def tree_of_100_000() -> dict[str, Any]:
    """About 100,000 objects for deepcopy: instances, dicts, lists, tuples and their leaves."""
    tree = _tree(9000)
    tree["records"] = [Record(i, _word(5), i / 3) for i in range(2000)]  # type: ignore[assignment]
    return tree
