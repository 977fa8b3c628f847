"""Enumerations that arrive by value: their members are made as they were, without asking the enumeration's own code.

Threading: holds `_identity.arriving`, since two threads that read one enumeration get the same class.
"""

from __future__ import annotations

from types import BuiltinFunctionType
from typing import Any

from anypickle import _identity

__all__ = ["base_of", "fill", "give"]


def fill(
    cls: type,
    members: list[tuple[str, tuple[Any, ...], dict[str, Any]]],
    names: dict[str, str],
    values: list[tuple[Any, str]],
) -> None:
    """Makes the members of a new enumeration; does nothing to one that has them.

    Args:
        cls: The enumeration.
        members: The name of each member, what its data type is made of, and its attributes.
        names: Every name, aliases included, and the name of the member that it stands for.
        values: Every hashable value and the name of the member that it stands for.
    """
    with _identity.arriving:
        if "_member_map_" in vars(cls):
            return
        new = vars(base_of(cls))["__new__"]
        made = {}
        for name, data, attributes in members:
            member = new(cls, *data)
            vars(member).update(attributes)
            vars(member)["__objclass__"] = cls
            made[name] = member
        by_name = {name: made[stands_for] for name, stands_for in names.items()}
        type.__setattr__(cls, "_member_names_", list(made))
        type.__setattr__(cls, "_member_map_", by_name)
        type.__setattr__(cls, "_value2member_map_", {value: made[name] for value, name in values})
        for name, member in by_name.items():
            type.__setattr__(cls, name, member)


def give(cls: type, attributes: dict[str, dict[str, Any]]) -> None:
    """Gives the members of a new enumeration, by name, what may refer to them; does nothing to one that is older."""
    members: dict[str, Any] = vars(cls)["_member_map_"]
    for name, own in attributes.items():
        for attribute, value in own.items():
            vars(members[name]).setdefault(attribute, value)


def base_of(cls: type) -> type:
    """The built-in type that lays the members out: `int`, `str`, ... or `object`."""
    return next(
        base for base in cls.__mro__ if isinstance(vars(base).get("__new__"), BuiltinFunctionType)
    )
