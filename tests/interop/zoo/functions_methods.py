"""Kinds of methods, descriptors and functions of C. Runs in `__main__`; see `zoo.send`."""

# ruff: noqa: E731

import math

from tests.interop.zoo import kind


class Ponger:
    def ping(self):
        return "pong"


@kind("builtin function", "assert value([1, 2]) == 2")
def _():
    return len


@kind("builtin method of an object", "value(3); assert value.__self__ == [1, 3]")
def _():
    return [1].append


@kind("bound method of a class of __main__", "assert value() == 'pong'")
def _():
    return Ponger().ping


@kind("bound class method", "assert value().ping() == 'pong'")
def _():
    class Maker(Ponger):
        @classmethod
        def make(cls):
            return cls()

    return Maker.make


@kind("method bound through super", "assert value() == 'base'")
def _():
    class Base:
        def f(self):
            return "base"

    class Derived(Base):
        def f(self):
            return "derived"

    return super(Derived, Derived()).f


@kind("function bound by hand", "assert value() == (5, 5)")
def _():
    import types

    return types.MethodType(lambda self: (self, self), 5)


@kind(
    "method descriptors",
    """
    a, b, c, d = value
    assert a('x') == 'X' and b(3, 4) == 7 and c('ab').keys() == {'a', 'b'} and d.__get__(1j) == 1.0
""",
)
def _():
    return str.upper, int.__add__, dict.__dict__["fromkeys"].__get__(None, dict), complex.imag


@kind("classmethod descriptor of C", "assert value.__get__(None, dict)('a') == {'a': None}")
def _():
    return dict.__dict__["fromkeys"]


@kind("getset descriptor", "assert value.__get__(len) == 'len'")
def _():
    return type(len).__dict__["__name__"]


@kind("method wrapper", "assert value(1) == 6")
def _():
    return (5).__add__


@kind("math function", "assert value(4) == 2")
def _():
    return math.sqrt


@kind("code object", "assert eval(value) == 3")
def _():
    return compile("1 + 2", "<text>", "eval")


@kind("cell", "assert value.cell_contents == [1]")
def _():
    content = [1]
    return (lambda: content).__closure__[0]


@kind("function made by exec", "assert value(2) == 14")
def _():
    space = {"factor": 7}
    exec("def f(x): return x * factor", space)
    return space["f"]


@kind("functions of one exec share its namespace", "s, g = value; s(5); assert g() == 5")
def _():
    space = {"state": 0}
    exec("def s(x):\n global state; state = x\ndef g(): return state", space)
    return space["s"], space["g"]


@kind("function with custom builtins", "assert value() == 'mine'")
def _():
    space = {"__builtins__": {"len": lambda: "mine"}}
    exec("def f(): return len()", space)
    return space["f"]


@kind(
    "lambda in a list in a dict, twice", "assert value['a'][0] is value['b'] and value['b']() == 1"
)
def _():
    one = lambda: 1
    return {"a": [one], "b": one}


@kind(
    "static and class method objects",
    "s, c = value; assert s.__func__() == 1 and c.__func__(int) is int",
)
def _():
    return staticmethod(lambda: 1), classmethod(lambda cls: cls)


@kind("property object", "assert value.fget(3) == 4 and value.__doc__ == 'doc'")
def _():
    return property(lambda self: self + 1, doc="doc")


@kind("super object", "assert value.f() == 'base'")
def _():
    class Base:
        def f(self):
            return "base"

    class Derived(Base):
        def f(self):
            return "derived"

    return super(Derived, Derived())
