"""Kinds of classes with a metaclass, abstract ones among them. Runs in `__main__`; see `zoo.send`."""

# ruff: noqa: B024

import abc

from tests.interop.zoo import kind


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
