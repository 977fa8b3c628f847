"""Reads of an SQLite connection from a thread that Python's sqlite3 does not let use it.

Pools and engines pickle their tasks in a thread of their own, and a connection answers only in the thread that made
it. SQLite itself has no such rule where it was built serialized (`sqlite3.threadsafety == 3`), so it is asked
directly: through the C library that `_sqlite3` has loaded, and the handle that is the connection's first field.
Where that handle is, is not taken for granted: a connection of our own has to show it first.
"""

from __future__ import annotations

import ctypes
import sqlite3
from contextlib import closing
from functools import cache
from typing import Any

__all__ = ["autocommit", "contents", "detected_types", "is_closed", "is_possible", "rows"]

_ROW, _INTEGER = 100, 1
_PROBE_TYPES = sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES
_HANDLE = object.__basicsize__
_TYPES = _HANDLE + 2 * ctypes.sizeof(ctypes.c_void_p)  # behind the handle and a pointer
_AUTOCOMMIT = _TYPES + 2 * ctypes.sizeof(ctypes.c_void_p)  # behind another, as of Python 3.12
_HAS_AUTOCOMMIT = hasattr(sqlite3.Connection, "autocommit")
_PROBE_MODE: dict[str, Any] = {"autocommit": False} if _HAS_AUTOCOMMIT else {}


@cache
def _library() -> ctypes.CDLL | None:
    """SQLite's functions; None where this can't be done."""
    if sqlite3.threadsafety != 3:
        return None
    import _sqlite3

    try:
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_column_int64.restype = ctypes.c_int64
        library.sqlite3_column_blob.restype = ctypes.c_void_p
        library.sqlite3_serialize.restype = ctypes.c_void_p
    except (AttributeError, OSError):
        return None
    with (
        closing(sqlite3.connect(":memory:", detect_types=_PROBE_TYPES, **_PROBE_MODE)) as probe,
        closing(sqlite3.connect(":memory:")) as plain,
    ):
        fits = all(
            detected_types(known) == types
            and autocommit(known) == getattr(known, "autocommit", None)
            for known, types in ((probe, _PROBE_TYPES), (plain, 0))
        )
    return library if fits else None


def is_possible() -> bool:
    """Whether this SQLite, this Python and this platform allow it."""
    return _library() is not None


def detected_types(connection: sqlite3.Connection) -> int:
    """The `detect_types` that it was made with."""
    return ctypes.c_int.from_address(id(connection) + _TYPES).value


def autocommit(connection: sqlite3.Connection) -> bool | int | None:
    """Its `autocommit`: True, False, or -1 for what it was before Python 3.12, where it is None."""
    if not _HAS_AUTOCOMMIT:
        return None
    mode = ctypes.c_int.from_address(id(connection) + _AUTOCOMMIT).value
    return mode if mode < 0 else bool(mode)


def _handle(connection: sqlite3.Connection) -> ctypes.c_void_p:
    return ctypes.c_void_p(ctypes.c_void_p.from_address(id(connection) + _HANDLE).value)


def is_closed(connection: sqlite3.Connection) -> bool:
    """Whether there is no handle any more."""
    return _handle(connection).value is None


def rows(connection: sqlite3.Connection, query: str) -> list[tuple[Any, ...]]:
    """What a query of integers and blobs gives."""
    library, statement = _library(), ctypes.c_void_p()
    assert library is not None
    code = library.sqlite3_prepare_v2(
        _handle(connection), query.encode(), -1, ctypes.byref(statement), None
    )
    if code:
        raise sqlite3.OperationalError(f"SQLite's error {code} in {query}")
    found = []
    try:
        while library.sqlite3_step(statement) == _ROW:
            count = library.sqlite3_column_count(statement)
            found.append(tuple(_value(library, statement, column) for column in range(count)))
    finally:
        library.sqlite3_finalize(statement)
    return found


def _value(library: ctypes.CDLL, statement: ctypes.c_void_p, column: int) -> int | bytes:
    if library.sqlite3_column_type(statement, column) == _INTEGER:
        return int(library.sqlite3_column_int64(statement, column))
    address = library.sqlite3_column_blob(statement, column)
    return (
        ctypes.string_at(address, library.sqlite3_column_bytes(statement, column))
        if address
        else b""
    )


def contents(connection: sqlite3.Connection) -> bytes | None:
    """The database as it would be on disk; None while it is empty."""
    library, size = _library(), ctypes.c_int64()
    assert library is not None
    address = library.sqlite3_serialize(_handle(connection), b"main", ctypes.byref(size), 0)
    if not address:
        return None
    try:
        return ctypes.string_at(address, size.value)
    finally:
        library.sqlite3_free(ctypes.c_void_p(address))
