"""What stands between a class and its attributes: static and class methods, properties, slots of C types, `super`."""

from __future__ import annotations

import operator
from collections import OrderedDict
from types import (
    ClassMethodDescriptorType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
)
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers import by_value
from anypickle.registry import recipe

__all__ = ["descriptor"]


@recipe(
    "builtins:staticmethod",
    "builtins:classmethod",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the same kind of method around the same function",
)
def reduce_wrapped_method(method: Any, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    copied = type(method)(method.__func__).__dict__
    extra = {
        name: value
        for name, value in vars(method).copy().items()
        if name not in copied or copied[name] is not value
    }
    return (
        (type(method), (method.__func__,), extra) if extra else (type(method), (method.__func__,))
    )


@recipe(
    "builtins:property",
    policy=Policy.COPY,
    subclasses=True,
    meaning="a property of the same functions",
)
def reduce_property(made: property, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    args = (made.fget, made.fset, made.fdel, made.__doc__)
    state = getattr(made, "__dict__", None)
    return (type(made), args, state) if state else (type(made), args)


@recipe(
    GetSetDescriptorType,
    ClassMethodDescriptorType,
    MemberDescriptorType,
    policy=Policy.REFERENCE,
    meaning="the attribute of that name of its class",
)
def reduce_descriptor(found: Any, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    return _rebuild.reduced("descriptors:descriptor", found.__objclass__, found.__name__)


def descriptor(cls: type, name: str) -> Any:
    """What a class holds under a name, itself."""
    owner = _Anything if cls is object and name in vars(_Anything) else cls
    return vars(owner)[name]


class _Anything:
    """As of Python 3.15 all classes have the same `__dict__` and `__weakref__`, which say they are object's."""


@recipe(MappingProxyType, policy=Policy.COPY, meaning="a read-only view of the same dict")
def reduce_mappingproxy(
    proxy: MappingProxyType[Any, Any], policy: Policy, crossing: Crossing
) -> tuple[Any, ...]:
    import gc

    (mapping,) = gc.get_referents(proxy)
    return MappingProxyType, (mapping,)


@recipe(MethodType, policy=Policy.COPY, meaning="the same function bound to the same object")
def reduce_method(method: MethodType, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    """As pickle does, unless looking the name up would find another: `super().f`, a function bound by hand."""
    owner, function = method.__self__, method.__func__
    name = getattr(function, "__name__", None)
    if not isinstance(name, str) or not _finds(owner, name, function):
        return MethodType, (function, owner)
    if by_value.stays_by_name(owner if isinstance(owner, type) else type(owner), crossing):
        return getattr, (owner, name)
    return _rebuild.reduced("descriptors:method", owner, name, function)


def method(owner: Any, name: str, function: Any) -> Any:
    """The method of that name; while its class is not complete, as a class that holds its own method is, a new one."""
    return getattr(owner, name) if _finds(owner, name, function) else MethodType(function, owner)


def _finds(owner: Any, name: str, function: Any) -> bool:
    """Whether `getattr(owner, name)` is this function (or a copy of it) bound, without running code of the owner's."""
    classes = owner.__mro__ if isinstance(owner, type) else type(owner).__mro__
    if not isinstance(owner, type) and name in getattr(owner, "__dict__", ()):
        return False
    for cls in classes:
        if name in vars(cls):
            found = vars(cls)[name]
            raw = getattr(found, "__func__", found)
            if raw is function or _same_code(raw, function):
                return True
            if not _stands_in(raw):
                return False
    return False


def _stands_in(method: Any) -> bool:
    """Whether it is what an object got in the place of the standard library's method, when it was promoted."""
    return str(getattr(method, "__module__", "")).startswith("anypickle.shared.")


def _same_code(one: Any, other: Any) -> bool:
    code = getattr(one, "__code__", None)
    return code is not None and code == getattr(other, "__code__", None)


@recipe("builtins:super", policy=Policy.COPY, meaning="the same view of the same object")
def reduce_super(made: super, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    get = object.__getattribute__
    owner, cls = get(made, "__self__"), get(made, "__thisclass__")
    return (super, (cls,)) if owner is None else (super, (cls, owner))


@recipe(
    type(OrderedDict().keys()),
    type(OrderedDict().values()),
    type(OrderedDict().items()),
    type({}.keys()),
    type({}.values()),
    type({}.items()),
    policy=Policy.COPY,
    meaning="the same view of the same dict",
)
def reduce_dict_view(view: Any, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    import gc

    (mapping,) = gc.get_referents(view)
    name = type(view).__name__.rpartition("_")[2]
    return operator.methodcaller(name), (mapping,)
