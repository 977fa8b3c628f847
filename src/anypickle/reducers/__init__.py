"""One file for each kind of thing; third-party ones in `contrib/`, read when a type of that library is met.

`HOMES` says which files have the recipes for the types of a top-level module, so that a process reads only those that
it meets objects of. A file that no module leads to is read when all of them are (`registry.kinds()`).
"""

from __future__ import annotations

__all__ = ["HOMES"]

HOMES: dict[str, tuple[str, ...]] = {
    "_contextvars": ("context_variables",),
    "_io": ("files",),
    "_queue": ("queues",),
    "_thread": ("locks", "threads"),
    "_weakrefset": ("weak_references",),
    "builtins": (
        "descriptors",
        "exceptions",
        "functions",
        "memoryviews",
        "modules",
        "running_code",
        "weak_references",
    ),
    "dataclasses": ("dataclass_parts",),
    "functools": ("wrappers",),
    "logging": ("logging",),
    "queue": ("queues",),
    "sqlite3": ("databases",),
    "tempfile": ("files",),
    "threading": ("locks", "threads"),
    "typing": ("typing_objects",),
    "weakref": ("weak_references",),
}
