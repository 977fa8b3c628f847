"""Enumerations by value: their members are objects of the class that is being made, and made with it."""

from __future__ import annotations

import copyreg
from enum import Enum
from typing import Any

from anypickle import _enums, _value
from anypickle.crossing import Crossing

__all__ = ["reduce"]


class Members:
    """Stands in a stream for the step that makes the members, before the attributes that may refer to them."""

    def __init__(self, cls: type[Enum]) -> None:
        self._cls = cls

    def __reduce__(self) -> tuple[Any, ...]:
        named = self._cls.__members__
        base = _enums.base_of(self._cls)
        members = [member for name, member in named.items() if member._name_ == name]
        return _value.fill_enum, (
            self._cls,
            [
                (member._name_, _data(member, base), _attributes(member, plain=True))
                for member in members
            ],
            {name: member._name_ for name, member in named.items()},
            [
                (value, member._name_)
                for value, member in self._cls._value2member_map_.copy().items()
                if named.get(member._name_) is member
            ],
        )


class Attributes:
    """Stands for the step after that: what a program gave the members may refer to them."""

    def __init__(self, cls: type[Enum], attributes: dict[str, dict[str, Any]]) -> None:
        self._value = _value.give_members, (cls, attributes)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._value


def reduce(cls: type[Enum], crossing: Crossing) -> tuple[Any, ...]:
    """The reduce value of an enumeration that is not found by name."""
    from anypickle.reducers import classes

    made_of, attributes = classes.parts_of(cls, crossing)
    members = getattr(cls, "__members__", {})
    kept = {
        name: value
        for name, value in attributes.items()
        if name not in _MADE_WITH_MEMBERS and (name not in members or members[name] is not value)
    }
    before: Any = Members(cls) if members else None
    later = {
        name: found
        for name, member in members.items()
        if member._name_ == name and (found := _attributes(member, plain=False))
    }
    if later:
        before = before, Attributes(cls, later)
    state = (classes.revision_for(cls, crossing), before, kept)
    return _value.new_class, made_of, state, None, None, _value.fill_class


def _data(member: Enum, base: Any) -> tuple[Any, ...]:
    """What the built-in type of the member makes it of."""
    if base is object:
        return ()
    if hasattr(base, "__getnewargs__"):
        return tuple(base.__getnewargs__(member))
    reduced = base.__reduce_ex__(member, 4)
    return tuple(reduced[1][1:] if reduced[0] is copyreg.__newobj__ else reduced[1])  # type: ignore[attr-defined]


def _attributes(member: Enum, *, plain: bool) -> dict[str, Any]:
    """What a member has: what can't refer to members, or the rest. Left out is what is found out again when needed."""
    found = {}
    for name, value in vars(member).copy().items():
        if name == "__objclass__":
            continue
        if name == "_inverted_":
            value = None
        first = name in _FIRST or value is None or type(value) in _ATOMS
        if first == plain:
            found[name] = value
    return found


_MADE_WITH_MEMBERS = frozenset({"_member_map_", "_value2member_map_", "_member_names_"})
_FIRST = frozenset({"_value_", "_name_", "_sort_order_"})
_ATOMS = (bool, int, float, complex, str, bytes)
