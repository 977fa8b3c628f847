"""What the streams of functions and classes call where they arrive. The names here are for ever.

    _value.function(311, b"<code>", {"__name__": "__main__"})       a function in a namespace that it shares
    _value.fill_function(function, {"globals": {"x": 1}, ...})        what may refer to the function itself
    _value.new_class(token, fingerprint, metaclass, name, bases, namespace)
    _value.fill_class(cls, (attributes, ...))

These are called directly, not through `_rebuild.call`, since functions and classes must be fast.
"""

from __future__ import annotations

import importlib
import marshal
import sys
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

__all__ = [
    "cell",
    "code",
    "fill_cell",
    "fill_class",
    "fill_enum",
    "fill_function",
    "function",
    "new_class",
]

VERSION = sys.version_info.major * 100 + sys.version_info.minor
"""The Python whose bytecode this process runs: 3.11 is 311."""


def code(version: int, data: bytes) -> CodeType:
    """The code object that `marshal` wrote, if this Python can run it."""
    if version != VERSION:
        _wrong_version(version)
    made: CodeType = marshal.loads(data)
    return made


def function(
    version: int,
    data: bytes,
    namespace: dict[str, Any] | str | ModuleType,
    closure: tuple[CellType, ...] | None = None,
    home: str | None = None,
) -> FunctionType:
    """A function.

    Args:
        version: The Python that compiled it, as `VERSION`.
        data: Its code, as `marshal` wrote it.
        namespace: Its globals, shared with the functions of the same module that arrive with it; a module (or the
            name of an installed one) for that module's own.
        closure: Its cells.
        home: The name under which it is found in `__main__`: where the very same function is there, that is it.
    """
    made = code(version, data)
    if home is not None:
        there = _at_home(home)
        if isinstance(there, FunctionType) and _same_code(there.__code__, made):
            return there
    if type(namespace) is str:
        namespace = vars(importlib.import_module(namespace))
    elif type(namespace) is not dict:
        namespace = vars(namespace)
    namespace.setdefault("__builtins__", _BUILTINS)
    return FunctionType(made, namespace, None, None, closure)


def fill_function(made: FunctionType, state: dict[str, Any]) -> None:
    """Gives a function what may refer to it: globals, defaults, its `__dict__` and other attributes by name."""
    if made.__globals__ is vars(sys.modules["__main__"]):
        return  # it was here before, and is complete
    for name, value in state.items():
        if name == "globals":
            made.__globals__.update(value)
        elif name == "__dict__":
            made.__dict__.update(value)
        elif name != "modules":  # those were imported when the state was read
            setattr(made, name, value)


def cell(*content: Any) -> CellType:
    """A cell, empty or not."""
    return CellType(*content)


def fill_cell(made: CellType, content: Any) -> None:
    """Fills a cell that was made empty."""
    made.cell_contents = content


def new_class(
    token: bytes | None,
    fingerprint: bytes | None,
    metaclass: type | None,
    name: str,
    bases: tuple[type, ...],
    namespace: dict[str, Any],
) -> type:
    """The class that goes by this token here, or that stands in `__main__` with this fingerprint, or a new one."""
    from anypickle import _classes

    return _classes.arrive(token, fingerprint, metaclass or type, name, bases, namespace)


def fill_class(cls: type, state: tuple[Any, ...]) -> None:
    """Gives a new class its attributes; one that is complete keeps what it has."""
    from anypickle import _classes

    _classes.complete(cls, *state)


def fill_enum(cls: type, *members: Any) -> None:
    """Makes the members of an enumeration that is being made; see `anypickle._enums`."""
    from anypickle import _enums

    _enums.fill(cls, *members)


def _wrong_version(version: int) -> None:
    import pickle

    theirs = f"{version // 100}.{version % 100}"
    ours = f"{VERSION // 100}.{VERSION % 100}"
    raise pickle.UnpicklingError(
        f"this function was compiled by Python {theirs} and can't run on Python {ours}, which reads it: "
        f"use the same minor version of Python on both sides, or import the function from a module"
    )


def _at_home(name: str) -> Any:
    """What `__main__` has under a qualified name, or None."""
    found: Any = sys.modules.get("__main__")
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _same_code(one: CodeType, other: CodeType) -> bool:
    from os.path import normpath

    return one == other and normpath(one.co_filename) == normpath(other.co_filename)


_BUILTINS = sys.modules["builtins"]
