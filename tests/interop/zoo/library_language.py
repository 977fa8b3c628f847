"""Kinds of types, typing, inspect, contextlib, functools and enum. Runs in `__main__`; see `zoo.send`."""

# ruff: noqa: B018, B019, UP006, UP007, UP045

import abc
import builtins
import collections
import collections.abc
import contextlib
import copy
import dataclasses
import datetime
import enum
import functools
import inspect
import types
import typing
import weakref

from tests.interop.zoo import kind


@kind("ExitStack that is empty", "with value as s: assert s is value")
def _():
    return contextlib.ExitStack()


@kind("ExitStack with a callback", "value.close(); assert not value._exit_callbacks")
def _():
    stack = contextlib.ExitStack()
    stack.callback(print, "x", file=None)
    return stack


@kind(
    "suppress, nullcontext, redirect_stdout, closing",
    r"""
    a, b, c, d = value
    with a:
        1 / 0
    with b as x:
        assert x == 1
    with c as f:
        print('x')
    assert f.getvalue() == 'x\n'
    with d as g:
        pass
    assert g.closed
    """,
)
def _():
    import io

    return (
        contextlib.suppress(ZeroDivisionError),
        contextlib.nullcontext(1),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.closing(io.StringIO()),
    )


@contextlib.contextmanager
def managed(x):
    yield x


@kind("context manager made by a decorated function", "with value as x: assert x == 3")
def _():
    return managed(3)


@kind("function decorated with a context manager", "assert value() == 1")
def _():
    @managed(3)
    def f():
        return 1

    return f


@kind(
    "dataclass with a field of a lock",
    "assert value.lock.acquire(timeout=1) and value.x == 1 and value == value",
)
def _():
    import threading

    @dataclasses.dataclass
    class Guarded:
        x: int
        lock: object = dataclasses.field(default_factory=threading.Lock, compare=False)

    return Guarded(1)


@kind(
    "dataclasses.MISSING in a closure", "import dataclasses; assert value() is dataclasses.MISSING"
)
def _():
    missing = dataclasses.MISSING
    return lambda: missing


@kind(
    "enum of auto, unique, nonmember",
    "assert value.B.value == 2 and value('b2') is value.C and list(value)",
)
def _():
    class Auto(enum.Enum):
        A = enum.auto()
        B = enum.auto()
        C = "c"

        @classmethod
        def _missing_(cls, what):
            return cls.C

    return Auto


@kind(
    "functional Enum",
    """
    assert value.RED.value == 1
    assert value['BLUE'].name == 'BLUE'
    assert type(value).__name__ == 'EnumType'
    """,
)
def _():
    return enum.Enum("Colour", "RED BLUE")


@kind(
    "Enum members as keys and in sets",
    "d, s, m = value\nassert d[m] == 1 and m in s and m is next(iter(s))",
)
def _():
    Colour = enum.Enum("Colour", "RED BLUE")
    return {Colour.RED: 1}, {Colour.RED}, Colour.RED


@kind(
    "partial of a partial with attributes",
    "assert value(3) == (1, 2, 3) and value.x == 1 and value.func(0) == (0,)",
)
def _():
    made = functools.partial(functools.partial(lambda *a: a, 1), 2)
    made.x = 1
    made2 = functools.partial(lambda *a: a, 1, 2)
    made2.x = 1
    return made2


@kind("cached_property with its value", "assert value.x == 5 and 'x' in vars(value)")
def _():
    class Lazy:
        @functools.cached_property
        def x(self):
            return 5

    lazy = Lazy()
    lazy.x
    return lazy


@kind(
    "method that is cached",
    "o = value; assert o.twice(2) == 4 and o.twice.cache_info().maxsize == 3",
)
def _():
    class Cached:
        @functools.lru_cache(3)
        def twice(self, x):
            return 2 * x

    return Cached()


@kind(
    "singledispatch on classes of __main__",
    "f, cls = value\nassert f(cls()) == 'mine' and f(1) == 'int' and f('') == 'other'",
)
def _():
    class Mine:
        pass

    @functools.singledispatch
    def f(x):
        return "other"

    f.register(Mine, lambda x: "mine")
    f.register(int, lambda x: "int")
    return f, Mine


@kind(
    "inspect.BoundArguments and Parameter",
    """
    b, p = value
    assert b.arguments == {'x': 1}
    assert b.args == (1,)
    assert p.default == 3
    assert p.kind is p.KEYWORD_ONLY
    """,
)
def _():
    signature = inspect.signature(lambda x: 0)
    return signature.bind(1), inspect.Parameter("n", inspect.Parameter.KEYWORD_ONLY, default=3)


@kind(
    "signature with inspect.Parameter.empty",
    """
    import inspect
    p = value.parameters['x']
    assert p.default is inspect.Parameter.empty
    assert p.annotation is inspect.Parameter.empty
    assert str(value) == '(x, *, y: int = 2) -> str'
    """,
)
def _():
    def f(x, *, y: int = 2) -> str: ...

    return inspect.signature(f)


@kind("SimpleNamespace with itself in it", "assert value.me is value and value.x == 1")
def _():
    made = types.SimpleNamespace(x=1)
    made.me = made
    return made


@kind("types.new_class and prepare", "assert value().x == 1 and value.__name__ == 'New'")
def _():
    return types.new_class("New", (), {}, lambda ns: ns.update(x=1))


@kind("DynamicClassAttribute and property in one class", "assert value().x == 1")
def _():
    class Has:
        @types.DynamicClassAttribute
        def x(self):
            return 1

    return Has


@kind(
    "types.coroutine function",
    """
    import inspect
    assert inspect.isgeneratorfunction(value.__wrapped__ if hasattr(value, '__wrapped__') else value)
    """,
)
def _():
    @types.coroutine
    def f():
        yield 1

    return f


@kind("MethodType of a builtin", "assert value() == 'A'")
def _():
    return types.MethodType(str.upper, "a")


@kind("capsule (refused)", "")
def _():
    return (
        datetime.datetime_CAPI
        if hasattr(datetime, "datetime_CAPI")
        else __import__("_datetime").datetime_CAPI
    )


@kind(
    "typing forms",
    """
    import typing
    assert value == [
        typing.Any,
        typing.Optional[int],
        typing.Callable[[int], str],
        typing.Literal["a", 1],
        typing.Annotated[int, "x"],
        typing.Union[int, str],
        typing.ClassVar[int],
        typing.Type[int],
        typing.Tuple[int, ...],
    ]
    """,
)
def _():
    return [
        typing.Any,
        typing.Optional[int],
        typing.Callable[[int], str],
        typing.Literal["a", 1],
        typing.Annotated[int, "x"],
        typing.Union[int, str],
        typing.ClassVar[int],
        typing.Type[int],
        typing.Tuple[int, ...],
    ]


@kind(
    "more typing forms",
    """
    import typing, collections.abc
    assert value == [
        typing.Final[int],
        typing.Never,
        typing.Self,
        typing.LiteralString,
        typing.NoReturn,
        typing.Unpack[tuple[int, ...]],
        collections.abc.Callable[[int], str],
        dict[str, list[int]],
        int | None,
        type[int],
    ]
    """,
)
def _():
    return [
        typing.Final[int],
        typing.Never,
        typing.Self,
        typing.LiteralString,
        typing.NoReturn,
        typing.Unpack[tuple[int, ...]],
        collections.abc.Callable[[int], str],
        dict[str, list[int]],
        int | None,
        type[int],
    ]


@kind("ForwardRef", "assert value.__forward_arg__ == 'Node'")
def _():
    return typing.ForwardRef("Node")


@kind("overloaded function", "assert value(1) == 1")
def _():
    @typing.overload
    def f(x: int) -> int: ...
    @typing.overload
    def f(x: str) -> str: ...
    def f(x):
        return x

    return f


@kind(
    "NewType and its annotation",
    "assert value(3) == 3 and value.__name__ == 'UserId' and value.__supertype__ is int",
)
def _():
    return typing.NewType("UserId", int)


@kind(
    "runtime protocol", "cls, has = value\nassert isinstance(has, cls) and not isinstance(1, cls)"
)
def _():
    @typing.runtime_checkable
    class Closes(typing.Protocol):
        def close(self): ...

    class Has:
        def close(self): ...

    return Closes, Has()


@kind(
    "TypedDict with optional keys",
    """
    assert value.__required_keys__ == {'a'}
    assert value.__optional_keys__ == {'b'}
    assert value(a=1) == {'a': 1}
    """,
)
def _():
    class Movie(typing.TypedDict):
        a: int
        b: typing.NotRequired[str]

    return Movie


@kind("finalize", "assert not value.alive")
def _():
    class Target: ...

    target = Target()
    TARGETS.append(target)
    return weakref.finalize(target, print, "x")


TARGETS = []


@kind(
    "weak reference with a callback",
    """
    import gc
    obj, ref, seen = value
    assert ref() is obj
    del obj, value[:]
    gc.collect()
    assert ref() is None
    """,
)
def _():
    class Target: ...

    target = Target()
    seen = []
    return [target, weakref.ref(target, seen.append), seen]


@kind("copy.replace and copied objects", "assert value['a'] is value['b']")
def _():
    item = [1]
    return copy.deepcopy({"a": item, "b": item})


@kind(
    "builtins",
    """
    assert value[0] is print
    assert value[1] is len
    assert value[2] is NotImplemented
    assert value[3] is Ellipsis
    """,
)
def _():
    return [builtins.print, len, NotImplemented, ...]


@kind(
    "object with __getattr__ that delegates", "assert value.upper() == 'X' and value.inner == 'x'"
)
def _():
    class Delegate:
        def __init__(self, inner):
            self.inner = inner

        def __getattr__(self, name):
            return getattr(self.inner, name)

    return Delegate("x")


@kind(
    "sentinel of a module",
    "import functools; f = value; assert f(functools._initial_missing) and not f(1)",
)
def _():
    missing = functools._initial_missing
    return lambda x: x is missing


@kind(
    "function that compares with a sentinel of a module",
    "import inspect; assert value(inspect._empty) and not value(1)",
)
def _():
    return lambda x: x is inspect.Parameter.empty


@kind(
    "function with mutable default and global counter",
    "assert value(1) == [1] and value(2) == [1, 2]",
)
def _():
    def f(x, seen=[]):  # noqa: B006
        seen.append(x)
        return seen

    return f


@kind(
    "abstract class's instance through ABC.register",
    "cls, obj = value; assert isinstance(obj, cls)",
)
def _():
    class Base(abc.ABC):
        @abc.abstractmethod
        def f(self): ...

    @Base.register
    class Virtual: ...

    return Base, Virtual()
