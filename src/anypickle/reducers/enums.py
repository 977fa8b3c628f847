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
        members = [member for name, member in named.items() if member._name_ == name]
        return _value.fill_enum, (
            self._cls,
            [(member._name_, _data(member), _attributes(member)) for member in members],
            {name: member._name_ for name, member in named.items()},
            [
                (value, member._name_)
                for value, member in self._cls._value2member_map_.items()
                if named.get(member._name_) is member
            ],
        )


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
    before = Members(cls) if members else None
    state = (classes.revision_for(cls, crossing), before, kept)
    return _value.new_class, made_of, state, None, None, _value.fill_class


def _data(member: Enum) -> tuple[Any, ...]:
    """What the built-in type of the member makes it of."""
    base: Any = _enums.base_of(type(member))
    if base is object:
        return ()
    if hasattr(base, "__getnewargs__"):
        return tuple(base.__getnewargs__(member))
    reduced = base.__reduce_ex__(member, 4)
    return tuple(reduced[1][1:] if reduced[0] is copyreg.__newobj__ else reduced[1])  # type: ignore[attr-defined]


def _attributes(member: Enum) -> dict[str, Any]:
    return {name: value for name, value in vars(member).items() if name != "__objclass__"}


_MADE_WITH_MEMBERS = frozenset({"_member_map_", "_value2member_map_", "_member_names_"})
