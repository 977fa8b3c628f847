"""Classes derived from types of the standard library, or from arrays, whose reducers don't know what a class adds.

    class Scores(collections.defaultdict):              scores.season = 2026        pickle leaves the season behind

They are reduced as stock pickle has it, with their attributes and slots for a state. An instance that has none goes as
ever; so do classes that bring words of their own.
"""

from __future__ import annotations

from typing import Any

from anypickle import _value
from anypickle.crossing import Crossing
from anypickle.policy import Policy

__all__ = ["WORDS", "forgets", "reduce", "set_both"]

WORDS = frozenset({"__reduce__", "__reduce_ex__", "__getstate__"})
"""With these a class says itself what is pickled of it."""

_FORGETFUL = frozenset(
    {"builtins:enumerate", "builtins:filter", "builtins:map", "builtins:reversed", "builtins:zip"}
    | {f"itertools:{name}" for name in ("chain", "count", "cycle", "islice", "repeat")}
    | {f"datetime:{name}" for name in ("date", "datetime", "time", "timedelta")}
    | {f"ipaddress:IPv{n}{kind}" for n in "46" for kind in ("Address", "Interface", "Network")}
    | {"collections:Counter", "collections:defaultdict", "decimal:Context", "decimal:Decimal"}
    | {"fractions:Fraction", "pathlib:PurePath", "pathlib._local:PurePath", "random:Random"}
    | {"http.cookies:Morsel", "xml.etree.ElementTree:Element", "numpy:ndarray"}
)

_HOLDS_ITS_FILE = "numpy:memmap"
"""Among its attributes are the map and the file, which its own reducer leaves behind for good."""


def forgets(cls: type) -> bool:
    """Whether instances of a derived class may have what the reducer of its base leaves behind.

    Where both are of one library, that knows what it does.
    """
    for base in cls.__mro__:
        name = f"{base.__module__}:{base.__qualname__}"
        if name in _FORGETFUL:
            if base is cls or _library(base) == _library(cls):
                return False
            return cls.__dictoffset__ != 0 or bool(_added_slots(cls))
        if name == _HOLDS_ITS_FILE or not WORDS.isdisjoint(vars(base)):
            return False
    return False


def _library(cls: type) -> str:
    return cls.__module__.partition(".")[0]


def reduce(obj: Any, policy: Policy, crossing: Crossing) -> Any:
    """As its base has it, and what it has besides."""
    reduced = obj.__reduce_ex__(4)
    added = _added(obj)
    if added is None or not isinstance(reduced, tuple) or len(reduced) > 5:
        return reduced
    function, args, state, items, pairs = (*reduced, None, None, None)[:5]
    if state is None and not hasattr(type(obj), "__setstate__"):
        return function, args, added, items, pairs
    return function, args, (state, added), items, pairs, set_both


def set_both(obj: Any, state: tuple[Any, Any]) -> None:
    """Sets the state that the base knows, and then the rest."""
    known, added = state
    if known is not None:
        obj.__setstate__(known)
    _value.set_state(obj, added)


def _added(obj: Any) -> Any:
    """The attributes, or they and the slots; None if there are none."""
    attributes = getattr(obj, "__dict__", None) or None
    slots = {name: getattr(obj, name) for name in _added_slots(type(obj)) if hasattr(obj, name)}
    return (attributes, slots) if slots else attributes


def _added_slots(cls: type) -> list[str]:
    found = []
    for base in cls.__mro__:
        if f"{base.__module__}:{base.__qualname__}" in _FORGETFUL:
            break
        own = vars(base).get("__slots__", ())
        for name in (own,) if isinstance(own, str) else own:
            if name not in ("__dict__", "__weakref__"):
                private = name.startswith("__") and not name.endswith("__")
                found.append(f"_{base.__name__.lstrip('_')}{name}" if private else name)
    return found
