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
from anypickle.reducers.by_value import MAINS, goes_by_value, stays_by_name
from anypickle.reducers.main_module import defines
from anypickle.reducers.modules import is_importable
from anypickle.registry import recipe

__all__ = ["context", "set_values", "variable"]


@recipe(
    "_contextvars:ContextVar",
    ContextVar,
    policy=Policy.COPY,
    meaning="the variable of a module or class by name, else one with the same name and default, "
    "without the value set here",
)
def reduce_variable(found: ContextVar[Any], policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    place = _place_of(found, crossing)
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


_Place = tuple[ModuleType | type, str]
_places: dict[int, _Place] = {}
"""Where variables were found, by identity: to look through all modules takes milliseconds."""


def _place_of(found: ContextVar[Any], crossing: Crossing) -> _Place | None:
    """The module or class of the other side that has this variable, and its name there."""
    known = _places.get(id(found))
    if known is None or not (vars(known[0]).get(known[1]) is found and _is_there(known, crossing)):
        known = _search(found, crossing)
        if known is not None:
            _places[id(found)] = known
    return known


def _search(found: ContextVar[Any], crossing: Crossing) -> _Place | None:
    for name, module in sorted(sys.modules.copy().items(), key=lambda item: item[0] in MAINS):
        if not isinstance(module, ModuleType) or goes_by_value(name):
            continue
        for attribute, value in vars(module).copy().items():
            if value is found:
                if _is_there((module, attribute), crossing):
                    return module, attribute
            elif isinstance(value, type) and value.__module__ == name:
                inner = [key for key, held in vars(value).copy().items() if held is found]
                if inner and _is_there((value, inner[0]), crossing):
                    return value, inner[0]
    return None


def _is_there(place: _Place, crossing: Crossing) -> bool:
    """Whether the other side of this crossing has the module or class, with that name in it."""
    holder, name = place
    if isinstance(holder, type):
        return stays_by_name(holder, crossing)
    made_again = holder.__name__ not in MAINS or defines(name)
    return made_again and is_importable(holder, crossing)
