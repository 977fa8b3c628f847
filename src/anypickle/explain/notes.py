"""The note on an error: where the object is, what to do, and the command that tells the rest. Once.

    anypickle: args[0].rows (generator) can't cross.
      fix: pass the function and its arguments and call it on the other side, or pass `list(generator)`
      all of it: print(anypickle.explain(args[0], channel='task'))

An error that passes through several hands on its way (a deep copy within a deep copy, scikit-learn's `clone`) keeps one
note, whose path grows at its front.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from anypickle._core import PicklingError
from anypickle.crossing import current
from anypickle.explain.hints import hint_for
from anypickle.explain.paths import expression, here
from anypickle.explain.senders import spoken
from anypickle.explain.words import full_name, printable
from anypickle.policy import Channel
from anypickle.registry import reducer_of

__all__ = [
    "TooDeep",
    "annotate",
    "copied",
    "looked_for",
    "note_for",
    "passed_on",
    "traced",
    "unplaced",
    "without",
]

_MARK = "anypickle: "
_LONGEST = 600
_TRAIL = "_anypickle_trail"
_UNPLACED = "_anypickle_unplaced"
_NEAR = 100_000
_IN_TEXT = re.compile(rf"(?m)^{_MARK}.*\n  fix: .*\n  all of it: .*\n?")


class TooDeep(PicklingError, RecursionError):
    """Pickling an object called itself until Python's limit: stock pickle says the second, cloudpickle the first."""


def annotate(error: BaseException, obj: Any, path: str) -> BaseException:
    """Adds the note to an error that an object raised while it was pickled, unless it has one.

    Args:
        error: The error; it keeps its type and text, and a RecursionError is a PicklingError as well.
        obj: The object that can't cross.
        path: The expression of the object, from `obj`.

    Returns:
        The error that is to be raised.
    """
    if _noted(error) and not vars(error).get(_UNPLACED):
        return error
    if type(error) is RecursionError:
        error = _too_deep(error, obj)
    if ".__reduce" in path:
        path = here()
    under = current()
    path, root = spoken(path, under.root) if under.arms else (path, "obj")
    _take_off(error)
    error.path = path  # type: ignore[attr-defined]
    error.add_note(note_for(error, obj, path, root, under.channel))
    return error


def _too_deep(error: RecursionError, obj: Any) -> TooDeep:
    deep = TooDeep(f"{error} (excessively deep recursion in the object's own code)")
    vars(deep).update(vars(error))
    who = reducer_of(obj)
    if who is not None and not any(who in note for note in getattr(error, "__notes__", ())):
        deep.add_note(f"what {who} gives leads to another of these, and so on")
    return deep.with_traceback(error.__traceback__)


def copied(error: BaseException, trail: Sequence[Any], root: str = "obj") -> None:
    """Adds the note to an error that came up while something was copied, or lengthens the one that it has.

    Args:
        error: The error.
        trail: What was being copied, from the object that the copy was asked for to the one that failed.
        root: What the first of them is called.
    """
    rest: list[Any] = vars(error).get(_TRAIL, [])
    if rest and trail and trail[-1] is rest[0]:
        rest = rest[1:]
    whole = [*trail, *rest]
    setattr(error, _TRAIL, whole)
    culprit, path = whole[-1], expression(whole, root) or root
    error.path, error.object = path, culprit  # type: ignore[attr-defined]
    _take_off(error)
    error.add_note(note_for(error, culprit, path, root, Channel.COPY))


def traced(error: BaseException, root: Any, channel: Channel) -> None:
    """Adds the note to an error of a pickler in Python, whose frames say what it was saving.

    Args:
        error: The error.
        root: What was to be pickled.
        channel: The road that it was to take.
    """
    trail, entry = [root], error.__traceback__
    while entry is not None:
        frame, entry = entry.tb_frame, entry.tb_next
        if frame.f_code.co_name == "save" and "obj" in frame.f_locals:
            saved = frame.f_locals["obj"]
            if saved is not trail[-1]:
                trail.append(saved)
    _place(error, trail[-1], expression(trail), channel)


def looked_for(error: BaseException, root: Any, channel: Channel) -> None:
    """Adds the note to an error of a pickler that says nothing of where it was: a walk finds that, if it is near."""
    from anypickle.explain.walk import walk

    told = walk(root, channel, max_objects=_NEAR).blockers
    if told:
        _place(error, told[0].object, told[0].path, channel)


def unplaced(error: BaseException, obj: Any) -> None:
    """Adds a note without a path to an error that a recipe raises for somebody else's pickler."""
    if not _noted(error):
        setattr(error, _UNPLACED, True)
        error.add_note(note_for(error, obj, "", "obj", current().channel))


def _place(error: BaseException, obj: Any, path: str | None, channel: Channel) -> None:
    if path is None or (_noted(error) and not vars(error).pop(_UNPLACED, False)):
        return
    _take_off(error)
    error.path, error.object = path, obj  # type: ignore[attr-defined]
    error.add_note(note_for(error, obj, path, "obj", channel))


def _take_off(error: BaseException) -> None:
    notes = getattr(error, "__notes__", [])
    notes[:] = [note for note in notes if not note.startswith(_MARK)]


def without(text: str) -> str:
    """The text of a traceback without our notes, for where the error that has them is shown as well."""
    return _IN_TEXT.sub("", text)


def passed_on(error: BaseException, later: BaseException) -> None:
    """Gives the note of an error to the one that is raised in its place."""
    for note in getattr(error, "__notes__", ()):
        if note.startswith(_MARK) and not _noted(later):
            later.add_note(note)
            for name in ("path", "object"):
                if hasattr(error, name) and not hasattr(later, name):
                    setattr(later, name, getattr(error, name))


def note_for(
    error: BaseException, obj: Any, path: str, root: str = "obj", channel: Channel = Channel.SPAWN
) -> str:
    """The text of the note."""
    from anypickle.refusal import hint_of

    fix = hint_of(error) or hint_for(obj, error).fix_for(obj)
    kind = full_name(type(obj))
    by = "" if channel in (Channel.BYTES, Channel.SPAWN) else f", channel={str(channel)!r}"
    if len(path) > _LONGEST:  # of something that goes round in circles
        path = f"{path[: _LONGEST // 2]} ... {path[-_LONGEST // 2 :]}"
    what = f"{printable(path)} ({printable(kind)})" if path else f"an object ({printable(kind)})"
    return (
        f"{_MARK}{what} can't cross.\n"
        f"  fix: {fix}\n"
        f"  all of it: print(anypickle.explain({root}{by}))"
    )


def _noted(error: BaseException) -> bool:
    return any(note.startswith(_MARK) for note in getattr(error, "__notes__", ()))
