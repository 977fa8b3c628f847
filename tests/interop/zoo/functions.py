"""Kinds of functions, and what wraps them. Runs in `__main__`; see `zoo.send`."""

# ruff: noqa: E731

import asyncio
import contextlib
import functools
import math
import operator
import os.path
import threading
import xml.dom.minidom

from tests.interop.zoo import kind

FACTOR = 7
counter = 0


@kind("lambda", "assert value(2) == 3")
def _():
    return lambda x: x + 1


@kind("function of __main__", "assert value(6) == 42")
def _():
    return multiply


def multiply(x):
    return x * FACTOR


@kind("nested function", "assert value(2) == 4")
def _():
    def double(x):
        return 2 * x

    return double


@kind("closure", "assert value(2) == 12")
def _():
    offset = 10

    def add(x):
        return x + offset

    return add


@kind("closures that share a cell", "inc, get = value; inc(); inc(); assert get() == 2")
def _():
    count = 0

    def increment():
        nonlocal count
        count += 1

    def get():
        return count

    return increment, get


@kind("recursive closure", "assert value(5) == 120")
def _():
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)

    return factorial


@kind("mutually recursive closures", "assert value(10) is True and value(7) is False")
def _():
    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    return even


@kind("recursive function of __main__", "assert value(10) == 55")
def _():
    return fibonacci


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@kind("mutually recursive functions of __main__", "assert value(9) is False")
def _():
    return is_even


def is_even(n):
    return n == 0 or is_odd(n - 1)


def is_odd(n):
    return n != 0 and is_even(n - 1)


@kind(
    "closure with an empty cell",
    """
    try: value()
    except NameError as e: assert "later" in str(e)
    else: raise AssertionError
    """,
)
def _():
    def use():
        return later

    if not use:
        later = 1
    return use


@kind("defaults", "assert value() == (1, [2], 3) and value(5) == (5, [2], 3)")
def _():
    def f(a=1, b=[2], *, c=3):  # noqa: B006
        return a, b, c

    return f


@kind("annotations", "assert value.__annotations__ == {'a': int, 'return': str}")
def _():
    def f(a: int) -> str:
        return str(a)

    return f


@kind(
    "annotations with a class of __main__", "assert value.__annotations__['x']().ping() == 'pong'"
)
def _():
    def f(x: Pinger):
        return x

    return f


class Pinger:
    def ping(self):
        return "pong"


@kind("attributes of a function", "assert value.calls == [1] and value.me is value")
def _():
    def f():
        return f

    f.calls = [1]
    f.me = f
    return f


@kind(
    "name, qualname, doc, module",
    """
    assert (value.__name__, value.__qualname__) == ('renamed', 'Other.renamed')
    assert value.__doc__ == 'about' and value.__module__ == 'elsewhere'
""",
)
def _():
    def f():
        """Docs."""

    f.__name__, f.__qualname__ = "renamed", "Other.renamed"
    f.__doc__, f.__module__ = "about", "elsewhere"
    return f


@kind("docstring", "assert value.__doc__ == 'Says.'")
def _():
    def f():
        """Says."""

    return f


@kind("generator function", "assert list(value(3)) == [0, 1, 4]")
def _():
    def squares(n):
        for i in range(n):
            yield i * i

    return squares


@kind("coroutine function", "import asyncio; assert asyncio.run(value(3)) == 6")
def _():
    async def double(x):
        await asyncio.sleep(0)
        return 2 * x

    return double


@kind(
    "async generator function",
    """
    import asyncio
    async def all_of(): return [x async for x in value(3)]
    assert asyncio.run(all_of()) == [0, 1, 2]
""",
)
def _():
    async def numbers(n):
        for i in range(n):
            yield i

    return numbers


@kind("lambda with lambda in it", "assert value(1)(2) == 3")
def _():
    return lambda a: lambda b: a + b


@kind("comprehension over a global", "assert value(3) == [0, 7, 14]")
def _():
    return lambda n: [i * FACTOR for i in range(n)]


@kind("class body in a function reads a global", "assert value().factor == 7")
def _():
    def make():
        class Made:
            factor = FACTOR

        return Made

    return make


@kind(
    "writes a global",
    """
    bump, read = value
    bump(); bump()
    assert read() == 2
""",
)
def _():
    return bump, read_counter


def bump():
    global counter
    counter += 1


def read_counter():
    return counter


@kind(
    "global that is not defined",
    """
    try: value()
    except NameError as e: assert 'nowhere_to_be_found' in str(e)
    else: raise AssertionError
""",
)
def _():
    return lambda: nowhere_to_be_found  # noqa: F821


@kind(
    "only the globals it refers to",
    "assert value.__globals__.get('LOCK_FULL') is None and value() == 7",
)
def _():
    return lambda: FACTOR


LOCK_FULL = threading.RLock().__enter__ and open(os.devnull)  # noqa: SIM115, PTH123


@kind("imported submodule", "assert value('/a/b') == 'b'")
def _():
    return lambda p: os.path.basename(p)  # noqa: PTH119


@kind("chain of submodules", "assert value('<a>t</a>') == 't'")
def _():
    return lambda text: xml.dom.minidom.parseString(text).documentElement.firstChild.data


@kind("import inside a function", "assert value() == 'a'")
def _():
    def f():
        import json

        return json.loads('"a"')

    return f


@kind("relative import name", "assert value() == '__main__'")
def _():
    return lambda: __name__


@kind("functions share one namespace", "f, g = value; assert f.__globals__ is g.__globals__")
def _():
    return bump, lambda: counter


@kind(
    "functools.wraps",
    "assert value(2) == 6 and value.__name__ == 'triple' and value.__wrapped__(1) == 3",
)
def _():
    def loud(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return f(*args, **kwargs)

        return wrapper

    @loud
    def triple(x):
        return 3 * x

    return triple


@kind("decorated function of __main__", "assert value(2) == 20")
def _():
    return decorated


def times_ten(f):
    @functools.wraps(f)
    def wrapper(x):
        return 10 * f(x)

    return wrapper


@times_ten
def decorated(x):
    return x


@kind("functools.lru_cache", "assert value(30) == 832040 and value.cache_info().maxsize == 64")
def _():
    @functools.lru_cache(maxsize=64)
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib


@kind(
    "functools.cache of __main__",
    "assert value(5) == 35 and value(5) == 35 and value.cache_info().hits == 1",
)
def _():
    return cached


@functools.cache
def cached(x):
    return x * FACTOR


@kind(
    "functools.singledispatch",
    "assert value(1) == 'int' and value('a') == 'str' and value(1.5) == 'other'",
)
def _():
    @functools.singledispatch
    def name(x):
        return "other"

    name.register(int, lambda x: "int")
    name.register(str, lambda x: "str")
    return name


@kind("functools.partial", "assert value(3) == 15 and value.func(2, 2) == 4")
def _():
    return functools.partial(lambda a, b: a * b, 5)


@kind("functools.partialmethod", "assert value().set_on() == 'on'")
def _():
    class Switch:
        def set(self, state):
            return state

        set_on = functools.partialmethod(set, "on")

    return Switch


@kind("functools.singledispatchmethod", "assert value().f(1) == 'int' and value().f('') == 'other'")
def _():
    class Dispatch:
        @functools.singledispatchmethod
        def f(self, x):
            return "other"

        @f.register
        def _(self, x: int):
            return "int"

    return Dispatch


@kind("functools.total_ordering", "assert value(1) < value(2) and value(2) >= value(1)")
def _():
    @functools.total_ordering
    class Size:
        def __init__(self, n):
            self.n = n

        def __eq__(self, other):
            return self.n == other.n

        def __lt__(self, other):
            return self.n < other.n

        __hash__ = None

    return Size


@kind("functools.cmp_to_key", "assert sorted([1, 3, 2], key=value) == [3, 2, 1]")
def _():
    return functools.cmp_to_key(lambda a, b: b - a)


@kind("contextlib.contextmanager", "\nwith value() as x: assert x == 5")
def _():
    @contextlib.contextmanager
    def five():
        yield 5

    return five


@kind(
    "operator functions",
    "a, i, m = value; assert a(1j) == 1.0 and i([1, 2]) == 2 and m('a') == 'A'",
)
def _():
    return operator.attrgetter("imag"), operator.itemgetter(1), operator.methodcaller("upper")


@kind("builtin function", "assert value([1, 2]) == 2")
def _():
    return len


@kind("builtin method of an object", "value(3); assert value.__self__ == [1, 3]")
def _():
    return [1].append


@kind("bound method of a class of __main__", "assert value() == 'pong'")
def _():
    return Pinger().ping


@kind("bound class method", "assert value().ping() == 'pong'")
def _():
    class Maker(Pinger):
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


@kind("decorator with arguments", "assert value(1) == 103")
def _():
    def plus(n):
        def decorate(f):
            def wrapper(x):
                return f(x) + n

            return wrapper

        return decorate

    @plus(100)
    def f(x):
        return x + 2

    return f


@kind(
    "type parameters of a function",
    "assert value([1]) == 1 and value.__type_params__[0].__name__ == 'T'",
    since=(3, 12),
)
def _():
    space = {"__name__": "__main__"}
    exec("def first[T](xs: list[T]) -> T: return xs[0]", space)
    return space["first"]
