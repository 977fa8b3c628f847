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
    "_bz2": ("half_way",),
    "_contextvars": ("context_variables", "half_way"),
    "_csv": ("text_formats",),
    "_dbm": ("archives",),
    "_gdbm": ("archives",),
    "_io": ("files",),
    "_json": ("half_way", "text_formats"),
    "_lzma": ("half_way",),
    "_multibytecodec": ("half_way",),
    "_queue": ("queues",),
    "_regex": ("contrib.regex",),
    "_sre": ("half_way",),
    "_ssl": ("half_way",),
    "_struct": ("half_way", "text_formats"),
    "_thread": ("locks", "threads"),
    "_weakrefset": ("weak_references",),
    "asyncio": ("asyncio",),
    "builtins": (
        "descriptors",
        "exceptions",
        "functions",
        "half_way",
        "interpreter",
        "memoryviews",
        "modules",
        "running_code",
        "tracebacks",
        "weak_references",
    ),
    "bz2": ("archives",),
    "codecs": ("text_formats",),
    "compression": ("archives", "half_way"),
    "concurrent": ("futures",),
    "contextlib": ("contexts",),
    "ctypes": ("system",),
    "dataclasses": ("dataclass_parts",),
    "dbm": ("archives",),
    "decimal": ("contexts",),
    "functools": ("wrappers",),
    "gzip": ("archives",),
    "http": ("network",),
    "itertools": ("iterations", "iterators"),
    "logging": ("logging",),
    "lzma": ("archives",),
    "mmap": ("system",),
    "multiprocessing": ("pools", "processes"),
    "os": ("system",),
    "posix": ("half_way", "system"),
    "pyexpat": ("half_way",),
    "queue": ("queues",),
    "random": ("system",),
    "re": ("matches",),
    "select": ("half_way",),
    "selectors": ("network",),
    "sqlite3": ("databases",),
    "ssl": ("half_way", "network"),
    "subprocess": ("subprocess",),
    "symtable": ("half_way",),
    "sys": ("interpreter",),
    "tarfile": ("archives", "half_way"),
    "tempfile": ("files",),
    "threading": ("locks", "threads"),
    "typing": ("typing_objects",),
    "unicodedata": ("interpreter",),
    "urllib": ("network",),
    "wave": ("archives",),
    "weakref": ("weak_references",),
    "xml": ("half_way",),
    "xmlrpc": ("network",),
    "zipfile": ("archives", "half_way"),
    "zlib": ("half_way",),
}
