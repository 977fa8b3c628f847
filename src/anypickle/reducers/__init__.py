"""One file for each kind of thing; third-party ones in `contrib/`, read when a type of that library is met.

`HOMES` says which files have the recipes for the types of a top-level module, so that a process reads only those that
it meets objects of. A file that no module leads to is read when all of them are (`registry.kinds()`).
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["HOMES", "hand_over"]

hand_over: list[Callable[[object], tuple[object, ...] | None]] = []
"""Asked before a queue is copied: they give its reduce value as one queue for both sides, or None."""


HOMES: dict[str, tuple[str, ...]] = {
    "_asyncio": ("asyncio",),
    "_contextvars": ("context_variables",),
    "_csv": ("text_formats",),
    "_dbm": ("archives",),
    "_gdbm": ("archives",),
    "_io": ("files",),
    "_json": ("text_formats",),
    "_queue": ("queues",),
    "_struct": ("text_formats",),
    "_thread": ("locks", "threads"),
    "_weakrefset": ("weak_references",),
    "asyncio": ("asyncio",),
    "builtins": (
        "descriptors",
        "exceptions",
        "functions",
        "memoryviews",
        "modules",
        "running_code",
        "weak_references",
    ),
    "bz2": ("archives",),
    "codecs": ("text_formats",),
    "concurrent": ("futures",),
    "ctypes": ("system",),
    "dataclasses": ("dataclass_parts",),
    "dbm": ("archives",),
    "functools": ("wrappers",),
    "gzip": ("archives",),
    "http": ("network",),
    "itertools": ("iterators",),
    "logging": ("logging",),
    "lzma": ("archives",),
    "mmap": ("system",),
    "multiprocessing": ("pools",),
    "posix": ("system",),
    "queue": ("queues",),
    "random": ("system",),
    "re": ("matches",),
    "sqlite3": ("databases",),
    "ssl": ("network",),
    "subprocess": ("subprocess",),
    "tarfile": ("archives",),
    "tempfile": ("files",),
    "threading": ("locks", "threads"),
    "typing": ("typing_objects",),
    "urllib": ("network",),
    "wave": ("archives",),
    "weakref": ("weak_references",),
    "xmlrpc": ("network",),
    "zipfile": ("archives",),
}
