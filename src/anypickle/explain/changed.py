"""Notes on errors of loading: what the stream wants of a class or module that has changed since it was written.

    AttributeError: 'Model' object has no attribute 'rate'
    anypickle: the stream has an attribute 'rate' for a shop.Model, which has no place for it here: it has 'speed'.
      fix: load it with the version of shop that wrote it, or give shop.Model a __setstate__ that takes the old state

Called by the loader, on its error path. An error keeps its type and text, and gets one note.
"""

from __future__ import annotations

import difflib
import inspect
import sys
from typing import Any

__all__ = ["attribute", "called", "missing", "state", "unfit"]

_MARK = "anypickle: "


def called(error: BaseException, function: Any, arguments: Any) -> None:
    """A class or function refused the arguments of the stream, because it takes others here."""
    if not isinstance(error, TypeError) or not isinstance(arguments, tuple):
        return
    if not callable(function):
        return
    name = _name(function)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*arguments)
    except TypeError:
        count = len(arguments)
        _note(
            error,
            f"the stream makes a {name} of {count} argument{'s' * (count != 1)}; here it is {name}{signature}",
            f"{_with_old(function)}, or let {name} take the old arguments as well",
        )


def attribute(error: BaseException, obj: Any, name: Any) -> None:
    """An attribute of the stream could not be set, because the class has no place for it here."""
    if not isinstance(error, AttributeError):
        return
    kind = type(obj)
    slots = [
        slot
        for base in kind.__mro__
        for slot in _slots(base)
        if not slot.startswith("__") and slot != name
    ]
    has = f": it has {', '.join(map(repr, slots))}" if slots else ""
    _note(
        error,
        f"the stream has an attribute {name!r} for a {_name(kind)}, which has no place for it here{has}",
        f"{_with_old(kind)}, or give {_name(kind)} a __setstate__ that takes the old state",
    )


def state(error: BaseException, obj: Any, given: Any) -> None:
    """`__setstate__` did not find in the state of the stream what it looks for."""
    if not isinstance(error, (KeyError, AttributeError)) or not isinstance(given, dict):
        return
    kind = type(obj)
    names = ", ".join(repr(name) for name in list(given)[:20]) or "nothing"
    _note(
        error,
        f"the state that the stream has for a {_name(kind)} holds {names}",
        f"{_with_old(kind)}, or let {_name(kind)}.__setstate__ take the old state as well",
    )


def unfit(error: BaseException, obj: Any, given: Any) -> None:
    """An object without a `__setstate__` got something else than a dict of attributes."""
    kind = type(obj)
    _note(
        error,
        f"the stream has a {type(given).__name__} as the state of a {_name(kind)}, which takes a dict here",
        f"{_with_old(kind)}, or give {_name(kind)} a __setstate__ that takes the old state",
    )


def missing(error: BaseException, module: str, name: str) -> None:
    """A module, or what it had under a name, is not here."""
    if isinstance(error, ModuleNotFoundError):
        if error.name is not None and f"{module}.".startswith(f"{error.name}."):
            _note(
                error,
                f"the stream has {module}.{name}, and this process can't import {error.name}",
                f"install what {error.name} belongs to, or put it where Python looks (sys.path)",
            )
        return
    found = sys.modules.get(module)
    if not isinstance(error, AttributeError) or found is None or "<locals>" in name:
        return
    if module == "__main__":
        fix = "define it before loading, or dump it with anypickle.dumps, which sends it along"
    else:
        fix = f"load it with the version of {module} that wrote it, or keep {name!r} there as another name of it"
    near = difflib.get_close_matches(name, list(vars(found)), 1)
    meant = f" (it has {near[0]!r})" if near else ""
    where = getattr(found, "__file__", None)
    _note(
        error,
        f"the stream has {module}.{name}, and {module}{f' ({where})' if where else ''} has no {name!r} here{meant}",
        fix,
    )


def _slots(base: type) -> list[str]:
    slots: Any = vars(base).get("__slots__", ())
    return [slots] if isinstance(slots, str) else [s for s in slots if isinstance(s, str)]


def _name(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '?')}.{getattr(thing, '__qualname__', type(thing).__name__)}"


def _with_old(thing: Any) -> str:
    module = str(getattr(thing, "__module__", "") or "").partition(".")[0]
    return f"load it with the version of {module} that wrote it"


def _note(error: BaseException, said: str, fix: str) -> None:
    if not any(note.startswith(_MARK) for note in getattr(error, "__notes__", ())):
        error.add_note(f"{_MARK}{said}.\n  fix: {fix}")
