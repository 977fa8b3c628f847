"""The marks that `dataclasses` compares by identity: each is found by its name."""

from __future__ import annotations

from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.registry import Reduced, recipe

__all__: list[str] = []

_names: dict[int, str] = {}
"""Of the marks that were met, by identity."""


@recipe(
    "dataclasses:_MISSING_TYPE",
    "dataclasses:_KW_ONLY_TYPE",
    "dataclasses:_HAS_DEFAULT_FACTORY_CLASS",
    "dataclasses:_FIELD_BASE",
    policy=Policy.REFERENCE,
    named=True,
    meaning="the one of that name in `dataclasses`",
)
def reduce_mark(mark: Any, policy: Policy, crossing: Crossing) -> Reduced:
    import dataclasses

    known = _names.get(id(mark))
    if known is not None and vars(dataclasses).get(known) is mark:
        return known
    said = getattr(mark, "name", None)
    name, found = next(
        (name, value)
        for name, value in vars(dataclasses).copy().items()
        if value is mark or (type(value) is type(mark) and getattr(value, "name", None) == said)
    )
    # A copy, as picklers make it that know no better, means what it is a copy of.
    if found is not mark:
        return getattr, (dataclasses, name)
    _names[id(mark)] = name
    return name
