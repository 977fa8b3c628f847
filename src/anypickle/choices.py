"""Which policy holds for an object: this call's, the user's `override`, or the recipe's own.

A choice is made by type or by path pattern, in which `*` stands for anything and `?` for one character
(`obj.*.lock`, `obj.layers[3]._lock`). A path goes before a type, this call before `override`. Patterns choose for
objects of the kinds that have recipes, when our pickler walks; a choice by type holds for any type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from anypickle._locks import TWINS
from anypickle.crossing import Crossing, crossing, current, current_path
from anypickle.policy import Policy
from anypickle.refusal import refuse

if TYPE_CHECKING:
    from anypickle.registry import Recipe

__all__ = ["Choice", "override", "policy_for", "strict"]

_overrides: dict[type | str, Policy] = {}


class Choice:
    """A choice that holds; as a context manager it holds for the time of a `with` block."""

    def __init__(self, kind: type | str, before: Policy | None) -> None:
        self._kind = kind
        self._before = before

    def __enter__(self) -> Choice:
        return self

    def __exit__(self, *error: object) -> None:
        override(self._kind, self._before)


def override(type_or_path: type | str, policy: Policy | str | None) -> Choice:
    """Chooses for the whole process; `None` takes the choice back, and so does the end of a `with` block.

    Raises:
        TypeError: Neither a type nor a pattern.
        ValueError: No policy is called that.
    """
    if not isinstance(type_or_path, (type, str)):
        raise TypeError(f"override() wants a type or a path, not {type(type_or_path).__name__!r}")
    before = _overrides.get(type_or_path)
    if policy is None:
        _overrides.pop(type_or_path, None)
    else:
        _overrides[type_or_path] = Policy(policy)
    return Choice(type_or_path, before)


@contextmanager
def strict() -> Iterator[None]:
    """For the time of a `with` block nothing but what stock pickle does is done in this thread without being named.

    What may cross besides is named by `policies=` of the call, or by `override`.
    """
    with crossing(current().channel, strict=True):
        yield


def policy_for(recipe: Recipe, obj: Any, crossing: Crossing) -> Policy:
    """The policy for one object.

    Raises:
        ValueError: The one that was chosen is not on offer for this kind.
        TypeError: Nobody has chosen, and the crossing is strict.
    """
    default = recipe.policy_on(crossing.channel)
    chosen = _chosen(obj, crossing) if crossing.policies or _overrides else None
    if chosen is None:
        if crossing.strict and recipe.origin == "anypickle":
            refuse(
                obj,
                f"strict mode, and nobody has chosen how it crosses (it would be: {default})",
                hint=f"allow it: policies={{{type(obj).__qualname__}: {str(default)!r}}}",
            )
        return default
    if chosen is default or chosen is Policy.REFUSE or chosen in recipe.offers:
        return chosen
    offers = ", ".join(sorted({default, Policy.REFUSE, *recipe.offers}))
    raise ValueError(f"{recipe.kind} can't cross as {str(chosen)!r}; it can as: {offers}")


def _chosen(obj: Any, crossing: Crossing) -> Policy | None:
    for choices in (crossing.policies, _overrides):
        policy = _among(choices, obj)
        if policy is not None:
            return policy
    return None


def _among(choices: Mapping[type | str, Policy], obj: Any) -> Policy | None:
    patterns = [key for key in list(choices) if isinstance(key, str)]
    path = current_path() if patterns else None
    if path is not None:
        for pattern in patterns:
            if _compiled(pattern).fullmatch(path):
                return choices.get(pattern)
    for base in type(obj).__mro__:
        policy = choices.get(base)
        if policy is not None:
            return policy
    twin = TWINS.get(type(obj))
    return None if twin is None else choices.get(twin)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(char) or re.escape(char) for char in pattern), re.DOTALL)
