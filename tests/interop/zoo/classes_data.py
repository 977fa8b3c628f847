"""Kinds of dataclasses and named tuples. Runs in `__main__`; see `zoo.send`."""

import collections
import dataclasses
import typing
from typing import NamedTuple

from tests.interop.zoo import kind


@kind(
    "dataclass",
    "obj = value(1); assert obj == value(1, []) and repr(obj).endswith('Point(x=1, tags=[])')",
)
def _():
    @dataclasses.dataclass
    class Point:
        x: int
        tags: list = dataclasses.field(default_factory=list)

    return Point


@kind(
    "dataclass fields",
    """
    import dataclasses
    a, b = dataclasses.fields(value)
    assert a.default is dataclasses.MISSING and b.default == 2 and dataclasses.is_dataclass(value)
    assert dataclasses.replace(value(1), b=5).b == 5 and dataclasses.asdict(value(1)) == {'a': 1, 'b': 2}
""",
)
def _():
    @dataclasses.dataclass
    class Fields:
        a: int
        b: int = 2
        c: typing.ClassVar[int] = 3

    return Fields


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: int

    def double(self):
        return dataclasses.replace(self, x=2 * self.x)


@kind(
    "frozen dataclass",
    """
    assert value.double().x == 10 and hash(value) == hash(type(value)(5))
    try: value.x = 1
    except AttributeError: pass
    else: raise AssertionError
""",
)
def _():
    return Frozen(5)


@kind(
    "dataclass with slots",
    "assert value.x == 1 and value.y == 2 and not hasattr(value, '__dict__')",
)
def _():
    return SlottedData(1)


@dataclasses.dataclass(slots=True)
class SlottedData:
    x: int
    y: int = 2


@kind(
    "dataclass frozen, slots, kw_only, order",
    "assert value(a=1) < value(a=2) and value(a=1).b == []",
)
def _():
    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True, order=True)
    class All:
        a: int
        b: list = dataclasses.field(default_factory=list, compare=False)

    return All


@kind("dataclass with InitVar and __post_init__", "assert value(3).y == 6")
def _():
    @dataclasses.dataclass
    class Post:
        x: dataclasses.InitVar[int]
        y: int = 0

        def __post_init__(self, x):
            self.y = 2 * x

    return Post


@kind("dataclass inheritance", "assert value(1, 2).total() == 3")
def _():
    @dataclasses.dataclass
    class A:
        a: int

    @dataclasses.dataclass
    class B(A):
        b: int

        def total(self):
            return self.a + self.b

    return B


Pair = collections.namedtuple("Pair", "left right", defaults=[5])


@kind(
    "namedtuple of __main__",
    "assert value == (1, 5) and value.right == 5 and value._replace(left=2).left == 2",
)
def _():
    return Pair(1)


@kind(
    "namedtuple class",
    "assert value(1, 2)._asdict() == {'left': 1, 'right': 2} and value._make([3, 4]).left == 3",
)
def _():
    return Pair


class Employee(NamedTuple):
    """Works."""

    name: str
    id: int = 3

    def label(self):
        return f"{self.name}-{self.id}"


@kind(
    "typing.NamedTuple",
    "assert value.label() == 'a-3' and type(value).__annotations__ == {'name': str, 'id': int}",
)
def _():
    return Employee("a")
