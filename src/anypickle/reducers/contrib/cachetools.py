"""cachetools: a function with a cache crosses by name, or by value with what its cache holds and a lock of its own."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.by_value import stays_by_name
from anypickle.registry import Reduced, recipe


@recipe(
    "cachetools._cached:_WrapperBase",
    policy=Policy.COPY,
    subclasses=True,
    meaning="by name where it has one that leads to it, else the same function with a copy of its cache",
)
def _reduce_cached(function: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if stays_by_name(function, crossing):
        qualname: str = function.__qualname__
        return qualname
    state = {**vars(function)}
    return _rebuild.reduced("contrib.cachetools:wrapper", type(function), state=state)


def wrapper(cls: type) -> Any:
    """A function that its state fills."""
    return bare(cls)


@recipe(
    "cachetools._descriptor:_MethodDescriptor",
    policy=Policy.COPY,
    subclasses=True,
    meaning="what its class holds under its name, or by value with its class",
)
def _reduce_method(method: Any, policy: Policy, crossing: Crossing) -> Any:
    """NotImplemented stands for cachetools' own way, which looks it up in the class: one by value is not complete."""
    owner = vars(method).get("_MethodDescriptor__owner")
    if owner is not None and stays_by_name(owner, crossing):
        return NotImplemented
    return _rebuild.reduced("contrib.cachetools:wrapper", type(method), state={**vars(method)})
