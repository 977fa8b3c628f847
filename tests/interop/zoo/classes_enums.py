"""Kinds of enumerations and their members. Runs in `__main__`; see `zoo.send`."""

import datetime
import enum

from tests.interop.zoo import kind


@kind(
    "Enum",
    """
    assert value.RED.value == 1 and value(2) is value.GREEN and value['RED'] is value.RED
    assert [m.name for m in value] == ['RED', 'GREEN'] and isinstance(value.RED, value)
""",
)
def _():
    class Color(enum.Enum):
        RED = 1
        GREEN = 2

    return Color


class Shade(enum.Enum):
    DARK = enum.auto()
    LIGHT = enum.auto()
    DIM = 1


@kind(
    "member of an Enum of __main__",
    "assert value.name == 'LIGHT' and type(value)(1).name == 'DARK'",
)
def _():
    return Shade.LIGHT


@kind(
    "Enum with aliases",
    "assert value.DIM is value.DARK and list(value.__members__) == ['DARK', 'LIGHT', 'DIM']",
)
def _():
    return Shade


@kind(
    "Enum with methods and __init__",
    "assert value.EARTH.heavy() and value.EARTH.mass == 5 and value((1, 2)).name == 'MARS'",
)
def _():
    class Planet(enum.Enum):
        EARTH = (5, 6)
        MARS = (1, 2)

        def __init__(self, mass, radius):
            self.mass, self.radius = mass, radius

        def heavy(self):
            return self.mass > 2

    return Planet


@kind(
    "Enum with __new__",
    "assert value.A.value == 1 and value.A.label == 'first' and value(2).label == 'second'",
)
def _():
    class Labelled(enum.Enum):
        def __new__(cls, number, label):
            made = object.__new__(cls)
            made._value_ = number
            made.label = label
            return made

        A = 1, "first"
        B = 2, "second"

    return Labelled


@kind(
    "IntEnum and StrEnum",
    "i, s = value; assert i.TWO == 2 and i.TWO + 1 == 3 and s.A == 'a' and s('a') is s.A",
)
def _():
    class Number(enum.IntEnum):
        TWO = 2

    class Text(enum.StrEnum):
        A = "a"

    return Number, Text


@kind("Enum of dates", "assert value.X.year == 2020 and value.X.isoformat() == '2020-05-01'")
def _():
    class When(datetime.date, enum.Enum):
        X = 2020, 5, 1

    return When


@kind(
    "Flag",
    """
    both = value.R | value.W
    assert both.value == 3 and value.R in both and value(3) == both and (both & value.R) is value.R
    assert (~value.R) == value.W and bool(value(0)) is False and value.RW is both
""",
)
def _():
    class Perm(enum.Flag):
        R = 1
        W = 2
        RW = 3

    return Perm


@kind("combined Flag member", "assert value.value == 5 and type(value).A in value")
def _():
    return Bits.A | Bits.C


class Bits(enum.Flag):
    A = enum.auto()
    B = enum.auto()
    C = enum.auto()


@kind("IntFlag with boundary", "assert value(8) == 8 and (value.A | 16) == 17")
def _():
    class Loose(enum.IntFlag, boundary=enum.KEEP):
        A = 1

    return Loose


@kind("Enum whose values are functions", "assert value.DOUBLE.value(4) == 8")
def _():
    class Op(enum.Enum):
        DOUBLE = enum.member(lambda x: 2 * x)

    return Op


@kind(
    "Enum attribute that is a member",
    "assert value.default is value.B and value.A.next() is value.B",
)
def _():
    class Step(enum.Enum):
        A = 1
        B = 2

        def next(self):
            return Step.B

    Step.default = Step.B
    return Step
