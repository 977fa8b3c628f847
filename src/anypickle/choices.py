"""Which policy holds for an object: this call's, the user's `override`, or the recipe's own.

A choice is made by type or by path pattern; a path beats a type, this call beats `override`.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy

if TYPE_CHECKING:
    from anypickle.registry import Recipe

__all__ = ["override", "policy_for"]

_overrides: dict[type | str, Policy] = {}


def override(type_or_path: type | str, policy: Policy | str | None) -> None:
    """Chooses for the whole process; `None` takes the choice back."""
    if policy is None:
        _overrides.pop(type_or_path, None)
    else:
        _overrides[type_or_path] = Policy(policy)


def policy_for(recipe: Recipe, obj: Any, crossing: Crossing) -> Policy:
    """The policy for one object.

    Raises:
        ValueError: The one that was chosen is not on offer for this kind.
    """
    default = recipe.policy_on(crossing.channel)
    if not crossing.policies and not _overrides:
        return default
    for choices in (crossing.policies, _overrides):
        chosen = _choose(choices, obj)
        if chosen is not None:
            break
    else:
        return default
    if chosen is not default and chosen not in recipe.offers and chosen is not Policy.REFUSE:
        offers = ", ".join(sorted({default, Policy.REFUSE, *recipe.offers}))
        raise ValueError(f"{recipe.kind} can't cross as {chosen}; it can as: {offers}")
    return chosen


def _choose(choices: Mapping[type | str, Policy], obj: Any) -> Policy | None:
    for pattern, policy in _patterns(choices):
        if fnmatch.fnmatchcase(_path() or "", pattern):
            return policy
    for base in type(obj).__mro__:
        if base in choices:
            return choices[base]
    return None


def _patterns(choices: Mapping[type | str, Policy]) -> Iterator[tuple[str, Policy]]:
    return ((key, policy) for key, policy in choices.items() if isinstance(key, str))


def _path() -> str | None:
    from anypickle import _core

    path: str | None = _core.current_path()
    return path
