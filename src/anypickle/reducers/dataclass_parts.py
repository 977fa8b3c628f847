"""The marks that `dataclasses` compares by identity: each is found by its name."""

from __future__ import annotations

from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.registry import recipe

__all__: list[str] = []


@recipe(
    "dataclasses:_MISSING_TYPE",
    "dataclasses:_KW_ONLY_TYPE",
    "dataclasses:_HAS_DEFAULT_FACTORY_CLASS",
    "dataclasses:_FIELD_BASE",
    policy=Policy.REFERENCE,
    meaning="the one of that name in `dataclasses`",
)
def reduce_mark(mark: Any, policy: Policy, crossing: Crossing) -> str:
    import dataclasses

    return next(name for name, value in vars(dataclasses).items() if value is mark)
