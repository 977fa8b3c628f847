"""Kinds of classes and their instances. Runs in `__main__`; see `zoo.send`."""

from tests.interop.zoo import kind


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
