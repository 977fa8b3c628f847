"""Graphs as programs have them, each with a place that is hard to name: `GRAPHS[name](x)` builds one with x there.

obj = GRAPHS["partial method"](planted)
"""

from __future__ import annotations

import abc
import asyncio
import collections
import concurrent.futures
import contextlib
import contextvars
import dataclasses
import enum
import functools
import logging
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

GRAPHS: dict[str, Callable[[Any], Any]] = {}


def graph(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
    GRAPHS[build.__name__.replace("_", " ").strip()] = build
    return build


def stuck() -> Iterator[int]:
    yield 1


class Plain:
    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


@graph
def dataclass_in_the_closure_of_a_decorator_in_a_class(x: Any) -> Any:
    @dataclasses.dataclass
    class Config:
        item: Any

    def decorator(config: Config) -> Any:
        def wrap(function: Any) -> Any:
            @functools.wraps(function)
            def inner(*args: Any) -> Any:
                return function(config, *args)

            return inner

        return wrap

    class Decorated:
        @decorator(Config(x))
        def method(self) -> None:
            pass

    return Decorated()


@graph
def weak_set_before_its_member(x: Any) -> Any:
    member = Plain(v=x)
    return (weakref.WeakSet([member]), member)


@graph
def weak_values(x: Any) -> Any:
    value = Plain(v=x)
    return [weakref.WeakValueDictionary(a=value), value]


@graph
def weak_keys(x: Any) -> Any:
    key = Plain()
    table = weakref.WeakKeyDictionary[Any, Any]()
    table[key] = [x]
    return [table, key]


@graph
def proxy_after_its_object(x: Any) -> Any:
    target = Plain(a=x)
    return [target, weakref.proxy(target)]


@graph
def partials_of_partials(x: Any) -> Any:
    return functools.partial(functools.partial(functools.partial(print, 1), x), end="")


@graph
def partial_method(x: Any) -> Any:
    class Local:
        method = functools.partialmethod(print, x)

    return Local()


@graph
def method_of_a_builtin(x: Any) -> Any:
    return [x].append


@graph
def slots_of_two_classes(x: Any) -> Any:
    class Base:
        __slots__ = ("first",)

    class Derived(Base):
        __slots__ = ("__dict__", "second")

    made: Any = Derived()
    made.first, made.second, made.third = 1, x, 2
    return made


@graph
def private_slot(x: Any) -> Any:
    class Local:
        __slots__ = ("__private",)

        def __init__(self) -> None:
            self.__private = x

    return Local()


@graph
def property_that_raises(x: Any) -> Any:
    class Local:
        def __init__(self) -> None:
            self._value = x

        @property
        def value(self) -> Any:
            raise RuntimeError("never asked")

    return Local()


@graph
def property_in_front_of_an_attribute(x: Any) -> Any:
    class Local:
        def __init__(self) -> None:
            self.__dict__["value"] = x

        @property
        def value(self) -> int:
            return 5

    return [Local()]


@graph
def proxy_object(x: Any) -> Any:
    class Proxy:
        def __init__(self, target: Any) -> None:
            object.__setattr__(self, "_target", target)

        def __getattr__(self, name: str) -> Any:
            return getattr(object.__getattribute__(self, "_target"), name)

    return Proxy(Plain(a=[x]))


@graph
def attributes_that_raise(x: Any) -> Any:
    class Local:
        def __init__(self) -> None:
            object.__setattr__(self, "value", x)

        def __getattribute__(self, name: str) -> Any:
            if name == "value":
                raise RuntimeError("never asked")
            return object.__getattribute__(self, name)

    return Local()


@graph
def descriptor_that_raises(x: Any) -> Any:
    class Descriptor:
        def __init__(self) -> None:
            self.x = x

        def __get__(self, instance: Any, owner: Any) -> Any:
            raise AttributeError("never asked")

    class Local:
        field = Descriptor()

    return Local()


@graph
def items_that_raise(x: Any) -> Any:
    class Closed(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            raise RuntimeError("never asked")

    return Closed(a=x)


@graph
def list_that_raises(x: Any) -> Any:
    class Closed(list[Any]):
        def __getitem__(self, index: Any) -> Any:
            raise RuntimeError("never asked")

    return Closed([x])


@graph
def exception_group(x: Any) -> Any:
    return ExceptionGroup("outer", [ValueError(1), ExceptionGroup("inner", [TypeError(x)])])


@graph
def notes_of_an_exception(x: Any) -> Any:
    error = ValueError("told")
    error.context = {"x": x}  # type: ignore[attr-defined]
    return error


@graph
def context(x: Any) -> Any:
    made = contextvars.Context()
    made.run(contextvars.ContextVar[Any]("variable").set, x)
    return [made]


@graph
def default_of_a_context_variable(x: Any) -> Any:
    return contextvars.ContextVar("variable", default=x)


@graph
def in_a_tuple_that_is_a_key(x: Any) -> Any:
    return {"table": {(1, x): 2}}


@graph
def factory_of_a_default_dict(x: Any) -> Any:
    return collections.defaultdict(lambda: x, a=1)


@graph
def formatter_in_a_tree_of_loggers(x: Any) -> Any:
    class Filter(logging.Filter):
        pass

    handler, choosy = logging.NullHandler(), Filter()
    choosy.rule = x  # type: ignore[attr-defined]
    handler.addFilter(choosy)
    return logging.LoggerAdapter(logging.getLogger("tests.graphs"), {"handlers": [handler]})


@graph
def asyncio_queue(x: Any) -> Any:
    queue = asyncio.Queue[Any]()
    queue.put_nowait(x)
    return queue


@graph
def coroutine_function(x: Any) -> Any:
    async def function() -> Any:
        return x

    return function


@graph
def result_of_a_future(x: Any) -> Any:
    future = concurrent.futures.Future[Any]()
    future.set_result(x)
    return future


@graph
def row_of_an_orm(x: Any) -> Any:
    class Field:
        def __set_name__(self, owner: type, name: str) -> None:
            self.name = name

        def __get__(self, instance: Any, owner: type) -> Any:
            return self if instance is None else instance._data[self.name]

        def __set__(self, instance: Any, value: Any) -> None:
            instance._data[self.name] = value

    class Meta(type):
        def __init__(cls, name: str, bases: Any, members: Any) -> None:
            super().__init__(name, bases, members)
            cls.fields = {k: v for k, v in members.items() if isinstance(v, Field)}

    class Model(metaclass=Meta):
        def __init__(self, **values: Any) -> None:
            self._data: dict[str, Any] = {}
            for name, value in values.items():
                setattr(self, name, value)

    class User(Model):
        name, friends = Field(), Field()

    return User(name="a", friends=[User(name="b", friends=[x])])


@graph
def hook_of_a_layer(x: Any) -> Any:
    class Layer:
        def __init__(self, name: str) -> None:
            self.name, self._hooks, self._weights = name, [], {"w": [1.0] * 3}

        def __getstate__(self) -> dict[str, Any]:
            return {**self.__dict__, "version": 1}

    class Model(Layer):
        def __init__(self) -> None:
            super().__init__("model")
            self.layers = [Layer("a"), Layer("b")]
            self.layers[1]._hooks.append(lambda: x)

    return Model()


@graph
def class_with_abstract_base(x: Any) -> Any:
    class Base(abc.ABC):
        @abc.abstractmethod
        def method(self) -> None: ...

    class Derived(Base):
        table = (x,)

        def method(self) -> None:
            pass

    return Derived()


@graph
def attribute_of_an_enum_member(x: Any) -> Any:
    class Local(enum.Enum):
        A = 1

    Local.A.extra = x  # type: ignore[attr-defined]
    return Local.A


@graph
def metaclass(x: Any) -> Any:
    class Meta(type):
        attribute = x

    class Local(metaclass=Meta):
        pass

    return Local


@graph
def static_method(x: Any) -> Any:
    class Local:
        method = staticmethod(lambda: x)

    return Local


@graph
def setter_of_a_property(x: Any) -> Any:
    class Local:
        @property
        def value(self) -> int:
            return 1

        @value.setter
        def value(self, value: int) -> None:
            print(x)

    return Local


@graph
def single_dispatch(x: Any) -> Any:
    @functools.singledispatch
    def function(arg: Any) -> None:
        return None

    @function.register
    def _(arg: int) -> Any:
        return x

    return function


@graph
def functions_that_call_each_other(x: Any) -> Any:
    def one() -> Any:
        return two()

    def two() -> Any:
        return one(), x

    return one


@graph
def annotation(x: Any) -> Any:
    def function() -> None: ...

    function.__annotations__["a"] = x
    return function


@graph
def module_made_by_hand(x: Any) -> Any:
    module = types.ModuleType("made_by_hand")
    module.value = x  # type: ignore[attr-defined]
    return module


@graph
def filter_iterator(x: Any) -> Any:
    return filter(lambda item: x, [1])


@graph
def arguments_by_name(x: Any) -> Any:
    class Local:
        def __new__(cls, a: int, *, k: Any = None) -> Any:
            made: Any = super().__new__(cls)
            made.a, made.k = a, k
            return made

        def __getnewargs_ex__(self) -> Any:
            return (self.a,), {"k": self.k}  # type: ignore[attr-defined]

    return Local(1, k=x)


@graph
def state_that_is_a_pair(x: Any) -> Any:
    class Local:
        def __init__(self) -> None:
            self.held = x

        def __getstate__(self) -> Any:
            return (1, self.held)

        def __setstate__(self, state: Any) -> None: ...

    return Local()


@graph
def items_of_another(x: Any) -> Any:
    class Bag:
        def __init__(self) -> None:
            self.inside = [0, x]

        def __reduce__(self) -> Any:
            return Bag, (), None, iter(self.inside)

    return Bag()


@graph
def stack_of_exits(x: Any) -> Any:
    stack = contextlib.ExitStack()
    stack.callback(print, x)
    return stack
