"""What `functools` puts around functions and keeps in C: caches, comparison keys."""

from __future__ import annotations

import copyreg
import functools
import gc
import sys
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers.by_value import stays_by_name
from anypickle.registry import recipe

__all__ = ["cached", "comparison_key"]


@recipe(
    "functools:_lru_cache_wrapper",
    policy=Policy.COPY,
    meaning="by name where it has one that leads to it, else the same function with an empty cache of the same size",
)
def reduce_cached(function: Any, policy: Policy, crossing: Crossing) -> str | tuple[Any, ...]:
    if stays_by_name(function, crossing):
        qualname: str = function.__qualname__
        return qualname
    settings = function.cache_parameters()
    attributes = {
        name: value
        for name, value in vars(function).copy().items()
        if name not in ("__wrapped__", "cache_parameters")
    }
    return _rebuild.reduced(
        "wrappers:cached",
        function.__wrapped__,
        settings["maxsize"],
        settings["typed"],
        state=attributes,
    )


def cached(function: Any, maxsize: int | None, typed: bool) -> Any:
    """The function with an empty cache."""
    return functools.lru_cache(maxsize, typed)(function)


if sys.version_info >= (3, 14):  # until then pickle did without: its __new__ wanted nothing

    @recipe(
        functools.partialmethod,
        policy=Policy.COPY,
        subclasses=True,
        meaning="the same function with the same arguments",
    )
    def reduce_partial_method(partial: Any, policy: Policy, crossing: Crossing) -> Any:
        reduced = partial.__reduce_ex__(2)
        if reduced[:2] != (copyreg.__newobj__, (type(partial),)):
            return reduced  # a subclass with a way of its own
        return copyreg.__newobj__, (type(partial), partial.func), *reduced[2:]


@recipe(
    type(functools.cmp_to_key(lambda a, b: 0)),
    policy=Policy.COPY,
    meaning="the same comparison of the same object",
)
def reduce_comparison_key(key: Any, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    compare = next(part for part in gc.get_referents(key) if part is not type(key))
    what = (key.obj,) if hasattr(key, "obj") else ()
    return _rebuild.reduced("wrappers:comparison_key", compare, *what)


def comparison_key(compare: Any, *what: Any) -> Any:
    """What `cmp_to_key` makes, and around an object if one is given."""
    return functools.cmp_to_key(compare)(*what) if what else functools.cmp_to_key(compare)
