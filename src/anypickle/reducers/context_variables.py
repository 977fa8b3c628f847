"""Context variables and contexts. A variable is one thing wherever it arrives; a context brings the values it holds."""

from __future__ import annotations

import gc
import sys

# contextvars itself may be half imported when this file is read: its import imports _contextvars
from _contextvars import Context, ContextVar
from types import ModuleType
from typing import Any

from anypickle import _identity, _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Channel, Policy
from anypickle.reducers.by_value import MAINS, goes_by_value
from anypickle.registry import recipe

__all__ = ["context", "set_values", "variable"]


@recipe(
    "_contextvars:ContextVar",
    ContextVar,
    policy=Policy.COPY,
    meaning="the variable of a module by name, else one with the same name and default, without the value set here",
)
def reduce_variable(found: ContextVar[Any], policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    place = _place_of(found)
    if place is not None:
        return getattr, place
    token = None if crossing.channel is Channel.HASH else _identity.token_of(found)
    _, *default = gc.get_referents(found)[:2]
    return _rebuild.reduced("context_variables:variable", token, found.name, *default)


def variable(token: bytes | None, name: str, *default: Any) -> ContextVar[Any]:
    """The variable of this token, or a new one."""
    with _identity.arriving:
        found = _identity.find(token)
        if found is None:
            found = ContextVar(name, default=default[0]) if default else ContextVar(name)
            _identity.adopt(token, found)
        made: ContextVar[Any] = found
        return made


@recipe(
    Context, policy=Policy.COPY, meaning="a context with the same variables set to the same values"
)
def reduce_context(found: Context, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    reduced = _rebuild.reduced("context_variables:context")
    return (*reduced, list(found.items()), None, None, set_values)


def context() -> Context:
    """An empty context; its values follow."""
    return Context()


def set_values(made: Context, values: list[tuple[ContextVar[Any], Any]]) -> None:
    """Sets variables in a context."""
    for found, value in values:
        made.run(found.set, value)


def _place_of(found: ContextVar[Any]) -> tuple[ModuleType, str] | None:
    """The importable module that has this variable, and its name there."""
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and name not in MAINS and not goes_by_value(name):
            for attribute, value in list(vars(module).items()):
                if value is found and getattr(module, "__spec__", None) is not None:
                    return module, attribute
    return None
