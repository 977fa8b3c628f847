"""What the streams of functions and classes call where they arrive. The names here are for ever.

    _value.function(311, b"<code>", {"__name__": "__main__"})       a function in a namespace that it shares
    _value.fill_function(function, {"globals": {"x": 1}, ...})        what may refer to the function itself
    _value.new_class(token, fingerprint, metaclass, name, bases, namespace)
    _value.fill_class(cls, (revision, None, attributes))

These are called directly, not through `_rebuild.call`, and made in C++ (src/ext/codec/value), since functions must be
fast. The state of a function is a dict: "globals" are added to its namespace, "__dict__" to its own, "modules" were
imported when the dict was read, everything else is an attribute by name.
"""

from __future__ import annotations

import sys
from typing import Any

from anypickle import _core

__all__ = [
    "cell",
    "code",
    "fill_cell",
    "fill_cell_of_class",
    "fill_class",
    "fill_enum",
    "fill_function",
    "function",
    "give_members",
    "new_class",
    "set_state",
]

(
    function,
    fill_function,
    cell,
    fill_cell,
    code,
    new_class,
    fill_class,
    fill_cell_of_class,
) = _core.rebuilders


def fill_enum(cls: type, *members: Any) -> None:
    """Makes the members of an enumeration that is being made; see `anypickle._enums`."""
    from anypickle import _enums

    _enums.fill(cls, *members)


def give_members(cls: type, attributes: dict[str, dict[str, Any]]) -> None:
    """Gives the members of an enumeration what may refer to them; see `anypickle._enums`."""
    from anypickle import _enums

    _enums.give(cls, attributes)


def set_state(obj: Any, state: Any) -> None:
    """Gives an instance its attributes and slots without asking it for anything."""
    attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if attributes:
        object.__getattribute__(obj, "__dict__").update(attributes)
    for name, value in (slots or {}).items():
        object.__setattr__(obj, name, value)


def wrong_version(version: int) -> None:
    """Refuses code that another version of Python compiled."""
    import pickle

    theirs = f"{version // 100}.{version % 100}"
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise pickle.UnpicklingError(
        f"this function was compiled by Python {theirs} and can't run on Python {ours}, which reads it: "
        f"use the same minor version of Python on both sides, or import the function from a module"
    )
