"""What is said of each finding that is no blocker, or of one: detector, sentence, fix."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

from anypickle.explain.fixes import class_expression
from anypickle.explain.hints import hint_for
from anypickle.explain.words import mro_of, name_of, said, space_of
from anypickle.policy import Channel, Policy, Scope
from anypickle.reducers.by_value import goes_by_value
from anypickle.refusal import hint_of
from anypickle.registry import Recipe

__all__ = [
    "WORDS",
    "Told",
    "blocker",
    "duplicate",
    "duplicated",
    "ended",
    "handed",
    "hashed_early",
    "held",
    "is_in_function",
    "large",
    "name",
    "namespace",
    "recipe",
    "secret",
    "secret_by_shape",
    "unless_left_out",
    "with_every_task",
]


@dataclass(frozen=True, slots=True)
class Told:
    """The words of a finding."""

    detector: str
    meaning: str
    hint: str


def blocker(obj: Any, error: BaseException) -> Told:
    """An object that can't be pickled."""
    row = hint_for(obj, error)
    return Told(
        row.name,
        f"{row.says} ({name_of(type(error))}: {said(error)})",
        hint_of(error) or row.fix_for(obj),
    )


def unless_left_out(told: Told, trail: list[Any]) -> Told:
    """What is said of a blocker where something around it decides itself what of it is copied."""
    for holder in trail[:-1]:
        for base in mro_of(type(holder)):
            if isinstance(space_of(base).get("__deepcopy__"), FunctionType):
                unless = f" Unless {base.__qualname__}.__deepcopy__, which nobody asks here, leaves it out."
                return replace(told, meaning=told.meaning + unless)
    return told


def recipe(found: Recipe, obj: Any, policy: Policy) -> Told:
    """An object that crosses by a recipe."""
    arrives = found.meaning or _ARRIVES[policy]
    reach = _REACH.get(found.scope, "")
    return Told(
        f"crosses-{policy}", f"On the other side: {arrives}{reach}.", _others(found, obj, policy)
    )


def _others(found: Recipe, obj: Any, policy: Policy) -> str:
    """How to choose another policy, where the recipe offers some."""
    cls = class_expression(type(obj))
    choices = [
        f"`anypickle.override({cls}, '{other}')`" for other in sorted(found.offers - {policy})
    ]
    return f"other meanings: {', '.join(choices)}" if choices else ""


def handed(found: Recipe, obj: Any) -> Told:
    """A queue or a lock that a worker is handed."""
    what = type(obj).__qualname__
    return Told(
        "crosses-shared",
        f"On the other side: the same {what}, because it is handed to a worker (on this machine only).",
        _others(found, obj, Policy.SHARED),
    )


def duplicated(obj: Any) -> Told:
    """A socket or connection that multiprocessing hands to a worker."""
    return Told(
        "crosses-shared",
        f"On the other side: the same {type(obj).__qualname__}, by a duplicate of its descriptor (on this "
        "machine only).",
        "whoever does not use it closes it: the other end learns of its end when both have",
    )


def large(size: int) -> Told:
    """A payload that makes the crossing dear."""
    return _told("large", size=_mebibytes(size))


def duplicate(size: int, first: str) -> Told:
    """A payload with the same bytes as another."""
    return _told("duplicate", size=_mebibytes(size), first=first)


def with_every_task(size: int) -> Told:
    """A payload that a function takes along."""
    return _told("with-every-task", size=_mebibytes(size))


def is_in_function(trail: list[Any]) -> bool:
    """Whether what a walk is at goes along with a function (or a method, a partial), which each task has again."""
    return isinstance(trail[0], FunctionType | MethodType | partial)


def ended(count: int, *, nested: bool) -> Told:
    """A walk that ended because it had met as many objects as it was allowed to."""
    if not count:
        return _told("unfinished")
    how = f"held objects in objects, {count:,} deep," if nested else f"gave {count:,} items"
    return _told("endless", how=how)


def namespace(found: dict[str, Any]) -> Told | None:
    """A dict, if it is that of a module."""
    name = found.get("__name__")
    if not isinstance(name, str) or vars(sys.modules.get(name, object)) is not found:
        return None
    return _told("module-namespace", module=name, count=len(found))


def held() -> Told:
    """A lock that somebody holds now."""
    return _told("held-lock")


def hashed_early() -> Told:
    """An object that will be hashed before it has its attributes."""
    return _told("hashed-early")


def secret(obj: Any, key: str) -> Told | None:
    """A value under a name that promises a secret, if it has the shape of one."""
    if not obj or (isinstance(obj, str) and _HARMLESS.fullmatch(obj)):
        return None
    return _told("secret", key=key, name=key.upper())


def secret_by_shape() -> Told:
    """A value that has the shape of a token or of a private key, whatever it is called."""
    return _told("secret-by-shape", name="TOKEN")


def name(obj: Any, channel: Channel) -> Told | None:
    """A function or class that crosses by its name: whether the other side can find it."""
    module = getattr(obj, "__module__", None)
    if not isinstance(module, str) or channel is Channel.COPY:
        return None
    main = module in ("__main__", "__mp_main__")
    if main and channel is Channel.SPAWN:
        program = sys.modules["__main__"]
        if getattr(program, "__spec__", None) is None and not hasattr(program, "__file__"):
            return _told("main-without-file")
    there = sys.modules.get(module)
    if not main and there is not None and not goes_by_value(module):
        spec = getattr(there, "__spec__", None)
        if spec is None:
            return _told("module-without-spec", module=repr(module))
        if _is_gone(getattr(spec, "origin", None), bool(getattr(spec, "has_location", False))):
            return _told("module-gone", module=repr(module), file=spec.origin)
    if isinstance(obj, type | FunctionType):
        namesake = _namesake(there, obj.__qualname__)
        if isinstance(namesake, type(obj)) and not _leads_to(namesake, obj):
            return _told("not-itself", name=f"{module}.{obj.__qualname__}")
        if channel is Channel.FILE and isinstance(obj, FunctionType) and namesake is not obj:
            version = ".".join(map(str, sys.version_info[:2]))
            return _told("code-of-a-version", version=version)
    return None


def _namesake(module: Any, qualname: str) -> Any:
    """What has this name in a module; nothing of the module's is called."""
    found = module
    for part in qualname.split("."):
        try:
            found = object.__getattribute__(found, "__dict__").get(part)
        except AttributeError:
            found = None
    return found


def _leads_to(namesake: Any, obj: Any) -> bool:
    """Whether the name means the object, or what a decorator has wrapped around it."""
    for _ in range(100):
        if namesake is obj or namesake is None:
            break
        namesake = vars(namesake).get("__wrapped__")
    return namesake is obj


@lru_cache(maxsize=1024)
def _is_gone(origin: str | None, has_location: bool) -> bool:
    """Whether the file that a module came from is there no more (a path within an archive leads to no file, either)."""
    if not has_location or not origin or not origin.endswith((".py", ".so", ".pyc")):
        return False
    path = Path(origin)
    return not path.exists() and not any(parent.is_file() for parent in path.parents)


def _mebibytes(size: int) -> str:
    return f"{size / (1 << 20):,.1f} MiB"


def _told(detector: str, **values: Any) -> Told:
    says, fix = WORDS[detector]
    return Told(detector, says.format(**values), fix.format(**values))


#: Detector -> sentence and fix. To add one: a row here, a section in docs/findings.md, a function above, and a test.
WORDS: Mapping[str, tuple[str, str]] = {
    "main-without-file": (
        "It is defined in an interactive session, which a spawned process can't import.",
        "put it into a module, or use another channel: it crosses by value there",
    ),
    "module-without-spec": (
        "Its module {module} was not imported from anywhere, so the other side can't import it.",
        "`anypickle.register_by_value({module})`",
    ),
    "module-gone": (
        "Its module {module} came from {file}, which is there no more, so the other side can't import it.",
        "put the file back, or let it cross by value: `anypickle.register_by_value({module})`",
    ),
    "not-itself": (
        "The name {name} now means another one, so this one crosses by value, and is a third one there: "
        "isinstance() and pickles of it will not agree.",
        "make the object again with what the name means now (the module was reloaded, or defines it twice)",
    ),
    "code-of-a-version": (
        "It crosses with its code, which Python {version} alone can read.",
        "put it into a module that is installed where the file is read, so that it crosses by name",
    ),
    "held-lock": (
        "It is held now and arrives unlocked: what it guards may be half-written.",
        "`lock.release()` before the object crosses, or send the object from the thread that holds it afterwards",
    ),
    "hashed-early": (
        "Its own attributes lead to the set or dict that it is in here, so the other side hashes it before it has "
        "any: where its __hash__ needs one, loading fails.",
        "say in its class what __hash__ needs: "
        "`def __reduce__(self): return type(self), (self.name,), vars(self)`",
    ),
    "large": (
        "It adds {size} to every message that carries it.",
        "share it once: `anypickle.share(array)`, or pass its path and read it on the other side",
    ),
    "duplicate": (
        "It adds {size} that are the same as at {first}: equal objects cross twice, one object once.",
        "use one object in both places, or share it: `anypickle.share(array)`",
    ),
    "with-every-task": (
        "The function takes {size} along, so every single task carries them again.",
        "share it once: `anypickle.share(array)`, or make it in the initializer of the pool",
    ),
    "module-namespace": (
        "It is the namespace of the module {module}, and all its {count} names go along.",
        "pass the names that are needed, in a dict of their own",
    ),
    "endless": (
        "It {how} before the walk gave up, and may have no end: pickling it would go on until memory is full.",
        "let its __reduce_ex__ and __iter__ come to an end, or leave it out in __getstate__ of its owner; if it has "
        "one, look further: `anypickle.explain(obj, max_objects=10**9)`",
    ),
    "unfinished": (
        "It holds more objects than the walk was to look at, so there may be more to find.",
        "`anypickle.explain(obj, max_objects=10**9)`",
    ),
    "secret": (
        "Its name ({key}) promises a secret, and its value goes into the stream as it is.",
        "read it from the environment on the other side: `os.environ[{name!r}]`",
    ),
    "secret-by-shape": (
        "It has the shape of a token or of a private key, and goes into the stream as it is.",
        "read it from the environment on the other side: `os.environ[{name!r}]`",
    ),
}
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
