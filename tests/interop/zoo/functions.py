"""Kinds of functions. Runs in `__main__`; see `zoo.send`."""

import asyncio
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
