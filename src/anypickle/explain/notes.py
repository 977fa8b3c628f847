"""The note on an error: where the object is, what to do, and the command that tells the rest. Once."""

from __future__ import annotations

from typing import Any

from anypickle.explain.hints import hint_for
from anypickle.explain.paths import here
from anypickle.explain.plain import printable

__all__ = ["annotate", "note_for"]

_MARK = "anypickle: "


def annotate(error: BaseException, obj: Any, path: str) -> None:
    """Adds the note to an error that an object raised while it was pickled, unless it has one.

    Args:
        error: The error; it keeps its type and text.
        obj: The object that can't cross.
        path: The expression of the object, from `obj`.
    """
    if any(note.startswith(_MARK) for note in getattr(error, "__notes__", ())):
        return
    if ".__reduce" in path:
        path = here()
        error.path = path  # type: ignore[attr-defined]
    error.add_note(note_for(error, obj, path))


def note_for(error: BaseException, obj: Any, path: str) -> str:
    """The text of the note."""
    from anypickle.refusal import hint_of

    fix = hint_of(error) or hint_for(obj, error).fix
    kind = f"{type(obj).__module__}.{type(obj).__qualname__}".removeprefix("builtins.")
    return (
        f"{_MARK}{printable(path)} ({printable(kind)}) can't cross.\n"
        f"  fix: {fix}\n"
        f"  all of it: print(anypickle.explain(obj))"
    )
