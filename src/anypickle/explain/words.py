"""What a class is called and what an error says, whatever their own code would answer.

A metaclass may have properties of these names, and a `__str__` may raise: here `type` is asked, and silence is an
answer. What they say may steer a terminal: `printable`.
"""

from __future__ import annotations

from typing import Any

__all__ = ["full_name", "module_of", "name_of", "printable", "said"]

_MODULE: Any = vars(type)["__module__"]
_QUALNAME: Any = vars(type)["__qualname__"]


def printable(text: str) -> str:
    """The text without anything that could steer a terminal: names and keys come from the object."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def name_of(cls: type) -> str:
    """The qualified name of a class, without its module."""
    return str(_QUALNAME.__get__(cls))


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
