"""Which keyword belongs to which function.

The wrappers take one bag of keywords (``epochs=5, neurons=8, batch_size=32``) and hand each
function what its signature names. What Keras 3 renamed or dropped since is settled here:
``nb_epoch`` means ``epochs``, and the three settings of generators, which never had an effect on
arrays, stay legal.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = ["accepted", "accepts", "check"]

_RENAMED = {"nb_epoch": "epochs"}
_WITHOUT_EFFECT = frozenset({"max_queue_size", "workers", "use_multiprocessing"})
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def accepts(function: Callable[..., Any], name: str) -> bool:
    """Tell whether a function has a parameter of this name (``**kwargs`` does not count)."""
    parameter = inspect.signature(function).parameters.get(name)
    return parameter is not None and parameter.kind in _BY_NAME


def accepted(function: Callable[..., Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords that a function takes, under the names it has for them."""
    chosen = {}
    for name, value in keywords.items():
        if accepts(function, name):
            chosen[name] = value
        elif name in _RENAMED and accepts(function, _RENAMED[name]):
            chosen.setdefault(_RENAMED[name], value)
    return chosen


def check(keywords: Iterable[str], functions: Iterable[Callable[..., Any]]) -> None:
    """Refuse a keyword that nobody takes; it is a typing error.

    Raises:
        ValueError: naming the keyword.
    """
    functions = tuple(functions)
    for name in keywords:
        known = name in _RENAMED or name in _WITHOUT_EFFECT
        if not known and not any(accepts(function, name) for function in functions):
            raise ValueError(f"{name} is not a legal parameter")
