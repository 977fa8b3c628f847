"""How a recipe says no: the error that stock pickle would raise, with the reason and what to do instead.

    refuse(thread, "it runs", hint="start it on the other side: pass its target and arguments")

raises ``TypeError: cannot pickle 'Thread' object: it runs``. The path to the object is added where the walk ends
in an error; the hint rides on the exception and is shown once, by `anypickle.explain.notes`.
"""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["hint_of", "refuse"]

_HINT = "anypickle_hint"


def refuse(
    obj: Any, reason: str, *, hint: str = "", error: type[Exception] = TypeError
) -> NoReturn:
    """Refuses an object.

    Args:
        obj: What can't cross.
        reason: Why, as the end of a sentence that began "cannot pickle 'X' object:".
        hint: What to do, in one sentence.
        error: The type that stock pickle raises for such an object.

    Raises:
        Exception: Always, of type `error`.
    """
    raised = error(f"cannot pickle {type(obj).__qualname__!r} object: {reason}")
    if hint:
        setattr(raised, _HINT, hint)
    raise raised


def hint_of(error: BaseException) -> str:
    """The hint that a refusal carries, or an empty string."""
    hint: str = getattr(error, _HINT, "")
    return hint
