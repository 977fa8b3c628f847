"""Kinds of instances, and of classes that hold or know each other. Runs in `__main__`; see `zoo.send`."""

from tests.interop.zoo import kind


class Base:
    size = 3

    def get(self):
        return self.x + self.size


class Derived(Base):
    pass


class Node:
    def __init__(self, name):
        self.name = name
        self.children = []

    def add(self, other):
        self.children.append(other)
        other.parent = self
        return self


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
    return type("Made", (Base,), {"f": lambda self: 1, "x": 2})


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
    return {Base: "Base", Derived: "Derived"}


@kind("ctypes structure of __main__", "assert value.x == 3 and value.y == 1.5")
def _():
    import ctypes

    class Vec(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_double)]

    return Vec(3, 1.5)
