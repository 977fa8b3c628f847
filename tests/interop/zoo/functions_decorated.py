"""Kinds of functions that others are wrapped in. Runs in `__main__`; see `zoo.send`."""

import contextlib
import functools
import operator

from tests.interop.zoo import kind

FACTOR = 7


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
