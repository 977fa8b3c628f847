"""What is said of each finding that is no blocker, or of one: detector, sentence, fix."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Any

from anypickle.explain.hints import hint_for
from anypickle.policy import Channel, Policy, Scope
from anypickle.refusal import hint_of
from anypickle.registry import Recipe

__all__ = ["Told", "blocker", "handed", "large", "name", "recipe", "secret"]


@dataclass(frozen=True, slots=True)
class Told:
    """The words of a finding."""

    detector: str
    meaning: str
    hint: str


def blocker(obj: Any, error: BaseException) -> Told:
    """An object that can't be pickled."""
    row = hint_for(obj, error)
    text = str(error).partition("\n")[0]
    return Told(row.name, f"{row.says} ({type(error).__name__}: {text})", hint_of(error) or row.fix)


def recipe(found: Recipe, obj: Any, policy: Policy) -> Told:
    """An object that crosses by a recipe."""
    arrives = found.meaning or _ARRIVES[policy]
    reach = _REACH.get(found.scope, "")
    offers = ", ".join(sorted(found.offers - {policy}))
    hint = (
        f"other meanings: anypickle.override({type(obj).__name__}, policy) with {offers}"
        if offers
        else ""
    )
    return Told(f"crosses-{policy}", f"On the other side: {arrives}{reach}.", hint)


def handed(obj: Any) -> Told:
    """A queue or a lock that a worker is handed."""
    what = type(obj).__qualname__
    return Told(
        "crosses-shared",
        f"On the other side: the same {what}, because it is handed to a worker (on this machine only).",
        f"other meanings: anypickle.override({what}, policy)",
    )


def large(size: int) -> Told:
    """A payload that makes the crossing dear."""
    return Told(
        "large",
        f"It adds {size / (1 << 20):,.1f} MiB to every message that carries it.",
        "share it once: anypickle.share(array), or pass its path and read it on the other side",
    )


def secret(obj: Any, key: str) -> Told | None:
    """A value under a name that promises a secret, if it has the shape of one."""
    if not obj or (isinstance(obj, str) and _HARMLESS.fullmatch(obj)):
        return None
    return Told(
        "secret",
        f"Its name ({key}) promises a secret, and its value goes into the stream as it is.",
        "read it from the environment on the other side, or leave it out in __getstate__",
    )


def name(obj: Any, channel: Channel) -> Told | None:
    """A function or class that crosses by its name: whether the other side can find it."""
    module = getattr(obj, "__module__", None)
    if module is None or channel is Channel.COPY:
        return None
    if module == "__main__" and channel is Channel.SPAWN:
        main = sys.modules["__main__"]
        if getattr(main, "__spec__", None) is None and not hasattr(main, "__file__"):
            return Told(
                "main-without-file",
                "It is defined in an interactive session, which a spawned process can't import.",
                "put it into a module, or use another channel: it crosses by value there",
            )
        return None
    spec = getattr(sys.modules.get(module), "__spec__", None)
    if module in sys.modules and spec is None and module not in ("__main__", "__mp_main__"):
        return Told(
            "module-without-spec",
            f"Its module {module!r} was not imported from anywhere, so the other side can't import it.",
            f"anypickle.register_by_value({module!r})",
        )
    return None


_ARRIVES = {
    Policy.FRESH: "a new one in its initial state",
    Policy.COPY: "one with the same contents",
    Policy.SHARED: "the same one",
    Policy.REOPEN: "one that is opened again at its first use",
    Policy.REFERENCE: "what has the same name there",
    Policy.REFUSE: "nothing: it is refused",
}
_REACH = {
    Scope.PROCESS: " (its meaning ends with the process)",
    Scope.MACHINE: " (on this machine only)",
}
_HARMLESS = re.compile(r"(?i)none|null|true|false|changeme|x+|\*+|<.*>|\$\{?\w+\}?|env:.*")
