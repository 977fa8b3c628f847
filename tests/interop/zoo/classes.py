"""Kinds of classes and their instances. Runs in `__main__`; see `zoo.send`."""

# ruff: noqa: B024

import abc
import collections
import dataclasses
import datetime
import enum
import typing
from typing import Generic, NamedTuple, ParamSpec, Protocol, TypedDict, TypeVar

from tests.interop.zoo import kind

T = TypeVar("T")
P = ParamSpec("P")


class Plain:
    """Docs."""

    size = 3

    def __init__(self, x=1):
        self.x = x

    def get(self):
        return self.x + self.size


class Child(Plain):
    def get(self):
        return super().get() + 100


class Node:
    def __init__(self, name):
        self.name = name
        self.children = []

    def add(self, other):
        self.children.append(other)
        other.parent = self
        return self


@kind("class of __main__", "assert value(2).get() == 5 and value.__doc__ == 'Docs.'")
def _():
    return Plain


@kind(
    "instance of a class of __main__",
    "assert value.get() == 12 and type(value).__name__ == 'Plain'",
)
def _():
    return Plain(9)


@kind(
    "class and its instance", "cls, obj = value; assert type(obj) is cls and isinstance(obj, cls)"
)
def _():
    return Plain, Plain(9)


@kind(
    "base and derived class",
    "assert value.get() == 104 and type(value).__mro__[1].__name__ == 'Plain'",
)
def _():
    return Child(1)


@kind("local class", "assert value().f() is value")
def _():
    class Local:
        def f(self):
            return __class__

    return Local


@kind(
    "nested class",
    "assert value.Inner.Deep().f() == 1 and value.Inner.Deep.__qualname__.endswith('Inner.Deep')",
)
def _():
    class Outer:
        class Inner:
            class Deep:
                def f(self):
                    return 1

    return Outer


@kind("instance of a nested class", "assert value.f() == 1")
def _():
    return Holder.Inner()


class Holder:
    class Inner:
        def f(self):
            return 1


@kind(
    "__slots__",
    """
    obj = value(1, 2); assert (obj.a, obj.b) == (1, 2) and not hasattr(obj, '__dict__')
    try: obj.c = 1
    except AttributeError: pass
    else: raise AssertionError
""",
)
def _():
    class Slotted:
        __slots__ = ("a", "b")

        def __init__(self, a, b):
            self.a, self.b = a, b

    return Slotted


@kind("instance with __slots__", "assert (value.a, value._Slots__secret) == (1, 2)")
def _():
    return Slots(1, 2)


class Slots:
    __slots__ = ("__secret", "a")

    def __init__(self, a, secret):
        self.a, self.__secret = a, secret


@kind("__slots__ from an iterator", "obj = value(); obj.a = 1; assert not hasattr(obj, '__dict__')")
def _():
    class Slotted:
        __slots__ = iter(["a", "b"])

    return Slotted


@kind("__slots__ and inheritance", "assert (value.a, value.b, value.c) == (1, 2, 3)")
def _():
    class Base:
        __slots__ = ("a",)

    class Mixed(Base):
        __slots__ = ("__dict__", "b")

    obj = Mixed()
    obj.a, obj.b, obj.c = 1, 2, 3
    return obj


@kind("property with setter", "obj = value(); obj.p = 5; assert obj.p == 10")
def _():
    class WithProperty:
        @property
        def p(self):
            return self._p * 2

        @p.setter
        def p(self, v):
            self._p = v

    return WithProperty


@kind("static and class methods", "assert value.s() == 's' and value.c() is value")
def _():
    class Methods:
        @staticmethod
        def s():
            return "s"

        @classmethod
        def c(cls):
            return cls

    return Methods


@kind(
    "descriptor with __set_name__ run once",
    "assert value.field.names == ['field'] and value().field == 'got'",
)
def _():
    class Field:
        def __init__(self):
            self.names = []

        def __set_name__(self, owner, name):
            self.names.append(name)

        def __get__(self, obj, owner):
            return self if obj is None else "got"

    class Record:
        field = Field()

    return Record


@kind("__init_subclass__ run once", "assert [c.__name__ for c in value.registry] == ['One', 'Two']")
def _():
    class Base:
        registry = []

        def __init_subclass__(cls, **kwargs):
            Base.registry.append(cls)

    class One(Base):
        pass

    class Two(One):
        pass

    return Two


@kind(
    "__init_subclass__ with a keyword",
    "assert value.tag == 'x' and value.__mro__[1].__name__ == 'Base'",
)
def _():
    class Base:
        def __init_subclass__(cls, *, tag):
            cls.tag = tag

    class Tagged(Base, tag="x"):
        pass

    return Tagged


@kind(
    "metaclass",
    "assert type(value).__name__ == 'Meta' and value.made == 1 and value.hello() == 'hi'",
)
def _():
    class Meta(type):
        def __new__(mcls, name, bases, space):
            cls = super().__new__(mcls, name, bases, space)
            cls.made = getattr(cls, "made", 0) + 1
            return cls

        def hello(cls):
            return "hi"

    class Made(metaclass=Meta):
        pass

    return Made


@kind(
    "metaclass with keywords and __prepare__",
    "assert value.order == ['a', 'b'] and value.flag == 3",
)
def _():
    class Meta(type):
        @classmethod
        def __prepare__(mcls, name, bases, *, flag):
            return {"flag": flag}

        def __new__(mcls, name, bases, space, *, flag):
            cls = super().__new__(mcls, name, bases, space)
            cls.order = [n for n in space if len(n) == 1]
            return cls

        def __init__(cls, name, bases, space, *, flag):
            super().__init__(name, bases, space)

    class Made(metaclass=Meta, flag=3):
        a = 1
        b = 2

    return Made


@kind("metaclass that refuses attributes", "assert value.x == 1")
def _():
    class Frozen(type):
        def __setattr__(cls, name, v):
            raise AttributeError("frozen")

    class Made(metaclass=Frozen):
        x = 1

    return Made


@kind(
    "abstract class",
    """
    try: value()
    except TypeError as e: assert 'run' in str(e)
    else: raise AssertionError
    class C(value):
        def run(self): return 1
    assert C().run() == 1
""",
)
def _():
    class Abstract(abc.ABC):
        @abc.abstractmethod
        def run(self): ...

    return Abstract


@kind("abstract property and class method", "assert value.__abstractmethods__ == {'p', 'c'}")
def _():
    class Abstract(abc.ABC):
        @property
        @abc.abstractmethod
        def p(self): ...

        @classmethod
        @abc.abstractmethod
        def c(cls): ...

    return Abstract


@kind(
    "registered virtual subclasses",
    """
    base, other = value
    assert issubclass(other, base) and isinstance(other(), base) and issubclass(int, base)
    assert not issubclass(str, base)
""",
)
def _():
    class Base(abc.ABC):
        pass

    class Other:
        pass

    Base.register(Other)
    Base.register(int)
    return Base, Other


@kind("__subclasshook__", "assert issubclass(list, value) and not issubclass(int, value)")
def _():
    class Sized(abc.ABC):
        @classmethod
        def __subclasshook__(cls, other):
            return hasattr(other, "__len__")

    return Sized


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


@kind(
    "TypedDict",
    "assert value(a=1) == {'a': 1} and value.__required_keys__ == {'a'} and value.__total__",
)
def _():
    class Movie(TypedDict):
        a: int
        b: typing.NotRequired[str]

    return Movie


@kind("Protocol", "assert isinstance(open, value) is False and isinstance([], value)")
def _():
    @typing.runtime_checkable
    class HasAppend(Protocol):
        def append(self, x): ...

    return HasAppend


class Box(Generic[T]):
    def __init__(self, item: T):
        self.item = item

    def get(self) -> T:
        return self.item


@kind(
    "Generic class",
    "assert value(3).get() == 3 and value[int](4).get() == 4 and value.__parameters__[0].__name__ == 'T'",
)
def _():
    return Box


@kind("parametrised generic", "assert value(4).get() == 4 and value.__args__ == (int,)")
def _():
    return Box[int]


@kind(
    "instance of a parametrised generic",
    "assert value.get() == 4 and value.__orig_class__.__args__ == (int,)",
)
def _():
    return Box[int](4)


@kind(
    "subclass of a generic",
    "assert value.__orig_bases__[0].__args__ == (str,) and value('a').get() == 'a'",
)
def _():
    class TextBox(Box[str]):
        pass

    return TextBox


@kind("TypeVar", "assert value.__name__ == 'T'")
def _():
    return T


@kind("the same TypeVar twice", "cls, t = value; assert cls.__parameters__[0] is t")
def _():
    return Box, T


@kind("TypeVar with a bound", "t, = value; assert t.__bound__().get() == 4 and t.__covariant__")
def _():
    return (TypeVar("S_co", bound=Plain, covariant=True),)


@kind("TypeVar with constraints", "assert value.__constraints__ == (int, str)")
def _():
    return TypeVar("C", int, str)


@kind(
    "ParamSpec and TypeVarTuple",
    "p, ts, d = value; assert p.__name__ == 'P' and ts.__name__ == 'Ts' and d.__args__",
)
def _():
    return P, typing.TypeVarTuple("Ts"), typing.Callable[P, int]


@kind(
    "NewType", "assert value(3) == 3 and value.__name__ == 'UserId' and value.__supertype__ is int"
)
def _():
    return UserId


UserId = typing.NewType("UserId", int)


@kind(
    "typing constructs over classes of __main__",
    """
    a, b, c, d = value
    assert a.__args__[0]().get() == 4 and c.__metadata__ == ('m',) and d.__args__ == ('x', 1)
""",
)
def _():
    return (
        list[Plain],
        typing.Optional[Plain],  # noqa: UP045
        typing.Annotated[Plain, "m"],
        typing.Literal["x", 1],
    )


@kind(
    "class with type parameters",
    "assert value[int] and value.__type_params__[0].__name__ == 'X' and value().me() is value",
    since=(3, 12),
)
def _():
    space = {"__name__": "__main__"}
    exec("class New[X]:\n def me(self): return __class__\n x: X", space)
    return space["New"]


@kind(
    "type alias",
    "a, b = value; assert a.__value__ == list[int] and b[int].__value__",
    since=(3, 12),
)
def _():
    space = {"__name__": "__main__"}
    exec("type A = list[int]\ntype B[X] = dict[str, X]", space)
    return space["A"], space["B"]


@kind(
    "recursive type alias", "assert value.__value__.__args__[1].__args__[0] is value", since=(3, 12)
)
def _():
    space = {"__name__": "__main__"}
    exec("type A = int | list[A]", space)
    return space["A"]


@kind("class that refers to itself", "assert value.me is value and value.make().__class__ is value")
def _():
    class Selfish:
        @classmethod
        def make(cls):
            return Selfish()

    Selfish.me = Selfish
    return Selfish


@kind(
    "class that holds its own instance",
    "assert type(value.instance) is value and value.instance.x == 1",
)
def _():
    class Singleton:
        x = 1

    Singleton.instance = Singleton()
    return Singleton


@kind(
    "cycle of instances",
    "assert value.children[0].parent is value and value.children[0].name == 'b'",
)
def _():
    return Node("a").add(Node("b"))


@kind("two classes that refer to each other", "assert value.other.other is value")
def _():
    class A:
        pass

    class B:
        other = A

    A.other = B
    return A


@kind(
    "base class that knows its subclass",
    "assert value.subs[0].__mro__[1] is value and value.subs[0]().hi() == 'hi'",
)
def _():
    class Base:
        subs = []

        def hi(self):
            return "hi"

    class Sub(Base):
        pass

    Base.subs.append(Sub)
    return Base


@kind("instance with __getstate__ and __setstate__", "assert value.x == 'set 5'")
def _():
    class Stateful:
        def __getstate__(self):
            return 5

        def __setstate__(self, state):
            self.x = f"set {state}"

    return Stateful()


@kind("instance with __reduce__", "assert value.x == 8")
def _():
    return Reduced(7)


class Reduced:
    def __init__(self, x):
        self.x = x

    def __reduce__(self):
        return Reduced, (self.x + 1,)


@kind("instance with __getnewargs_ex__", "assert value.x == 3")
def _():
    return NewArgs(x=3)


class NewArgs:
    def __new__(cls, *, x):
        made = super().__new__(cls)
        made.x = x
        return made

    def __getnewargs_ex__(self):
        return (), {"x": self.x}


@kind(
    "subclasses of builtins",
    "l, d, s, i, t = value; assert l == [1] and d == {1: 2} and s.up() == 'A' and i + 1 == 3 and t.x == 1",
)
def _():
    class L(list):
        pass

    class D(dict):
        pass

    class S(str):
        def up(self):
            return self.upper()

    class I(int):  # noqa: E742
        pass

    class Tup(tuple):
        pass

    made = Tup((1, 2))
    made.x = 1
    return L([1]), D({1: 2}), S("a"), I(2), made


@kind(
    "exception class of __main__",
    "assert isinstance(value, ValueError) and value.args == ('a',) and value.code() == 5",
)
def _():
    return Oops("a")


class Oops(ValueError):
    def code(self):
        return 5


@kind("callable instance", "assert value(3) == 9")
def _():
    class Times:
        def __init__(self, n):
            self.n = n

        def __call__(self, x):
            return self.n * x

    return Times(3)


@kind("class with a closure", "assert value().f() == 5")
def _():
    n = 5

    class C:
        def f(self):
            return n

    return C


@kind("class decorated by a function", "assert value().f() == 2 and value.extra == 1")
def _():
    def decorate(cls):
        cls.extra = 1
        cls.f = lambda self: self.extra + 1
        return cls

    @decorate
    class C:
        pass

    return C


@kind("class made by type()", "assert value().f() == 1 and value.x == 2")
def _():
    return type("Made", (Plain,), {"f": lambda self: 1, "x": 2})


@kind("diamond", "assert [c.__name__ for c in value.__mro__] == ['D', 'B', 'C', 'A', 'object']")
def _():
    class A:
        pass

    class B(A):
        pass

    class C(A):
        pass

    class D(B, C):
        pass

    return D


@kind(
    "__class_getitem__ and __getattr__ of a class",
    "assert value[3] == 3 and value().anything == 'anything'",
)
def _():
    class C:
        def __class_getitem__(cls, item):
            return item

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return name

    return C


@kind(
    "operators",
    "a = value(2); assert (a + a).n == 4 and a == value(2) and hash(a) == len(a) == 2 and list(a) == [2] and bool(a)",
)
def _():
    class N:
        def __init__(self, n):
            self.n = n

        def __add__(self, o):
            return N(self.n + o.n)

        def __eq__(self, o):
            return self.n == o.n

        def __hash__(self):
            return self.n

        def __len__(self):
            return self.n

        def __iter__(self):
            yield self.n

    return N


@kind("class with a property named __dict__", "assert value().__dict__ == {'x': 1}")
def _():
    class Odd:
        @property
        def __dict__(self):
            return {"x": 1}

    return Odd


@kind(
    "classes in sets and as dict keys",
    "assert len(value) == 2 and all(k.__name__ == v for k, v in value.items())",
)
def _():
    return {Plain: "Plain", Child: "Child"}


@kind("ctypes structure of __main__", "assert value.x == 3 and value.y == 1.5")
def _():
    import ctypes

    class Vec(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_double)]

    return Vec(3, 1.5)
