"""Kinds of generic classes, type variables and aliases. Runs in `__main__`; see `zoo.send`."""

import typing
from typing import Generic, ParamSpec, Protocol, TypedDict, TypeVar

from tests.interop.zoo import kind

T = TypeVar("T")
P = ParamSpec("P")


class Item:
    x = 3

    def __init__(self, x=1):
        self.y = x

    def get(self):
        return self.x + self.y


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
    return (TypeVar("S_co", bound=Item, covariant=True),)


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
        list[Item],
        typing.Optional[Item],  # noqa: UP045
        typing.Annotated[Item, "m"],
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
