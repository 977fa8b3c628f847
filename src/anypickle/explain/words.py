"""What a class is called and what an error says, whatever their own code would answer.

A metaclass may have properties of these names, and a `__str__` may raise: here `type` is asked, and silence is an
answer. What they say may steer a terminal: `printable`.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

__all__ = [
    "attributes_of",
    "full_name",
    "has",
    "module_of",
    "mro_of",
    "name_of",
    "printable",
    "said",
    "space_of",
]

_MODULE: Any = vars(type)["__module__"]
_QUALNAME: Any = vars(type)["__qualname__"]
_MRO: Any = vars(type)["__mro__"]
_SPACE: Any = vars(type)["__dict__"]
_DICT_SLOTS = (types.GetSetDescriptorType, types.MemberDescriptorType)


def printable(text: str) -> str:
    """The text without anything that could steer a terminal: names and keys come from the object."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def name_of(cls: type) -> str:
    """The qualified name of a class, without its module."""
    return str(_QUALNAME.__get__(cls))


def mro_of(cls: type) -> tuple[type, ...]:
    """The class and its bases, in the order in which an attribute is looked for."""
    found: tuple[type, ...] = _MRO.__get__(cls)
    return found


def space_of(cls: type) -> Mapping[str, Any]:
    """The attributes of the class itself."""
    found: Mapping[str, Any] = _SPACE.__get__(cls)
    return found


def has(cls: type, name: str) -> bool:
    """Whether the class or a base of it has an attribute."""
    return any(name in space_of(base) for base in mro_of(cls))


def attributes_of(obj: Any) -> dict[str, Any] | None:
    """The attributes of an instance; None where it has no dict, or its class says that another thing is that."""
    for base in mro_of(type(obj)):
        slot = space_of(base).get("__dict__")
        if slot is not None:
            found = slot.__get__(obj) if type(slot) in _DICT_SLOTS else None
            return found if type(found) is dict else None
    return None


def module_of(cls: type) -> str:
    """The name of its module; nothing where that is no name."""
    try:
        module = _MODULE.__get__(cls)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


def full_name(cls: type) -> str:
    """`module.qualname`, or the qualified name alone for a builtin."""
    module = module_of(cls)
    return name_of(cls) if module in ("builtins", "") else f"{module}.{name_of(cls)}"


def said(error: BaseException) -> str:
    """The first line of what an error says."""
    try:
        return str(error).partition("\n")[0]
    except Exception as broken:
        return f"it can't say what is wrong: its __str__ raised {name_of(type(broken))}"
