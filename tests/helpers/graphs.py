"""Two object graphs are the same when values, types and sharing are: `assert_same_graph(a, b)`."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

_ATOMS = (type(None), bool, int, float, complex, str, bytes, type, type(len), type(lambda: 0))
_OPAQUE = (set, frozenset, bytearray, PurePath)
"""Compared by equality: what they keep inside depends on how they were made."""


def _parts(obj: Any) -> list[tuple[str, Any]]:
    """The labelled children of a container or an instance."""
    found: list[tuple[str, Any]] = []
    if isinstance(obj, dict):
        for index, (key, value) in enumerate(obj.items()):
            found += [(f" key {index}", key), (f"[{key!r:.40}]", value)]
    elif isinstance(obj, (list, tuple)):
        found += [(f"[{index}]", value) for index, value in enumerate(obj)]
    found += [(f".{name}", value) for name, value in getattr(obj, "__dict__", {}).items()]
    for cls in type(obj).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(obj, name):
                found.append((f".{name}", getattr(obj, name)))
    return found


def assert_same_graph(left: Any, right: Any) -> None:
    """Fail, naming the path, unless `right` mirrors `left`: same types, same values, the same objects shared.

    Atoms are compared by value alone, sets by equality; everything else by its parts and by identity.
    """
    partner: dict[int, int] = {}
    seen_right: set[int] = set()
    keep: list[Any] = []  # ids stay unique while the objects live
    waiting: list[tuple[str, Any, Any]] = [("obj", left, right)]
    while waiting:
        path, a, b = waiting.pop()
        assert type(a) is type(b), f"{path}: {type(a)} became {type(b)}"
        if isinstance(a, _ATOMS):
            assert a == b or (a != a and b != b), f"{path}: {a!r:.80} became {b!r:.80}"
            continue
        if id(a) in partner:
            assert partner[id(a)] == id(b), f"{path}: was shared and is no longer"
            continue
        if not isinstance(a, (tuple, frozenset)):
            assert id(b) not in seen_right, f"{path}: was not shared and now is"
        partner[id(a)] = id(b)
        seen_right.add(id(b))
        keep += [a, b]
        if isinstance(a, _OPAQUE):
            assert a == b, f"{path}: {a!r:.80} became {b!r:.80}"
            if isinstance(a, PurePath):
                continue
        parts_a, parts_b = _parts(a), _parts(b)
        if not parts_a and not parts_b and type(a).__eq__ is not object.__eq__:
            assert a == b, f"{path}: {a!r:.80} became {b!r:.80}"
        assert [p for p, _ in parts_a] == [p for p, _ in parts_b], f"{path}: other parts"
        waiting += [(path + p, x, y) for (p, x), (_, y) in zip(parts_a, parts_b, strict=True)]
