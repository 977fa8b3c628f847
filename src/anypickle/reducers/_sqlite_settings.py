"""What an SQLite connection was made with, read back from it as far as SQLite tells."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from anypickle.reducers import _sqlite_across_threads as _across_threads

__all__ = ["Settings", "belongs_to_another_thread", "is_empty", "read"]

_PROBE = "anypickle_probe"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to make such a connection again. The order of the fields is in streams: append only."""

    path: str
    """The file; empty for a database in memory."""
    isolation_level: str | None
    row_factory: Any
    text_factory: Any
    timeout: float
    """Seconds to wait for a lock."""
    detect_types: int
    check_same_thread: bool
    attached: tuple[tuple[str, str], ...]
    """Other files, by the name that they are attached under."""
    foreign_keys: bool
    autocommit: Any
    """As of Python 3.12; None before."""

    def as_tuple(self) -> tuple[Any, ...]:
        """The fields in their order."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def arguments(self) -> dict[str, Any]:
        """What `sqlite3.connect` is called with: a file that is not there is not created."""
        arguments: dict[str, Any] = {
            "database": Path(self.path).as_uri() + "?mode=rw" if self.path else ":memory:",
            "uri": bool(self.path),
            "timeout": self.timeout,
            "detect_types": self.detect_types,
            "isolation_level": self.isolation_level,
            "check_same_thread": self.check_same_thread,
        }
        if self.autocommit is not None and sys.version_info >= (3, 12):
            arguments["autocommit"] = self.autocommit
        return arguments

    def connect(self, kind: type[sqlite3.Connection]) -> sqlite3.Connection:
        """A connection of that class with these settings."""
        made = sqlite3.connect(factory=kind, **self.arguments())
        self.finish(made)
        return made

    def finish(self, made: sqlite3.Connection) -> None:
        """Sets what `connect` does not take."""
        made.row_factory, made.text_factory = self.row_factory, self.text_factory
        if self.foreign_keys:
            sqlite3.Connection.execute(made, "PRAGMA foreign_keys = ON").close()
        for name, path in self.attached:
            sqlite3.Connection.execute(made, "ATTACH ? AS ?", (path, name)).close()

    def losses(self, connection: sqlite3.Connection) -> Iterator[str]:
        """What can't cross, in words."""
        if connection.in_transaction:
            if self.path:
                yield "its open transaction stays here: commit before, or the other side does not see what it wrote"
            else:
                yield "its open transaction crosses as if it were committed: commit or roll back before"
        added = sorted(_functions(connection) - _functions_at_birth())
        if added:
            yield f"functions that were added to it don't cross ({', '.join(added)}): add them again over there"
        if _rows(connection, "SELECT 1 FROM sqlite_temp_master LIMIT 1"):
            yield "its temporary tables don't cross: make them again over there"


def read(connection: sqlite3.Connection) -> Settings:
    """The settings of an open connection.

    Raises:
        sqlite3.ProgrammingError: It is closed, or belongs to another thread and this SQLite is not made for that.
    """
    foreign = belongs_to_another_thread(connection)
    # As BLOB: what the text factory of the connection would make of text is nobody's business here.
    query = "SELECT CAST(name AS BLOB), CAST(file AS BLOB) FROM pragma_database_list"
    files = {name.decode(): (path or b"").decode() for name, path in _rows(connection, query)}
    return Settings(
        path=files.pop("main"),
        isolation_level=connection.isolation_level,
        row_factory=connection.row_factory,
        text_factory=connection.text_factory,
        timeout=_rows(connection, "PRAGMA busy_timeout")[0][0] / 1000,
        detect_types=(_across_threads.detected_types if foreign else _detected_types)(connection),
        check_same_thread=foreign or _is_bound_to_thread(connection),
        attached=tuple((name, path) for name, path in files.items() if name != "temp"),
        foreign_keys=bool(_rows(connection, "PRAGMA foreign_keys")[0][0]),
        autocommit=_across_threads.autocommit(connection)
        if foreign
        else getattr(connection, "autocommit", None),
    )


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether there is nothing in its database, not even a table."""
    return _rows(connection, "PRAGMA page_count") == [(0,)]


def belongs_to_another_thread(connection: sqlite3.Connection) -> bool:
    """Whether Python refuses it to this thread, and it can be read all the same.

    Raises:
        sqlite3.ProgrammingError: It is closed, or it can't be read.
    """
    try:
        sqlite3.Cursor(connection).close()
    except sqlite3.ProgrammingError as error:
        if "thread" not in str(error) or not _across_threads.is_possible():
            raise
        if _across_threads.is_closed(connection):
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.") from None
        return True
    return False


def _rows(connection: sqlite3.Connection, query: str) -> list[Any]:
    """The rows as plain tuples, whatever factories the connection has."""
    if belongs_to_another_thread(connection):
        return _across_threads.rows(connection, query)
    cursor = sqlite3.Cursor(connection)
    cursor.row_factory = None
    with closing(cursor):
        return cursor.execute(query).fetchall()


def _detected_types(connection: sqlite3.Connection) -> int:
    """The `detect_types` of a connection, seen by what it makes of a column of a type of our own."""
    sqlite3.register_converter(_PROBE, lambda data: (data,))
    named = _rows(connection, f"SELECT 1 AS 'x [{_PROBE}]'")[0][0]
    detected = sqlite3.PARSE_COLNAMES if isinstance(named, tuple) else 0
    return detected | (sqlite3.PARSE_DECLTYPES if _detects_declared(connection) else 0)


def _detects_declared(connection: sqlite3.Connection) -> bool:
    """Whether it looks at declared types, seen by a temporary table with one row."""
    table = f"temp.{_PROBE}"
    try:
        _rows(connection, f"CREATE TABLE {table} (x {_PROBE})")
    except sqlite3.OperationalError:  # it only reads
        return False
    try:
        # With a WITH in front sqlite3 begins no transaction, which could have to wait for the file.
        _rows(connection, f"WITH one AS (SELECT 1) INSERT INTO {table} SELECT * FROM one")
        return isinstance(_rows(connection, f"SELECT x FROM {table}")[0][0], tuple)
    finally:
        _rows(connection, f"DROP TABLE {table}")


def _is_bound_to_thread(connection: sqlite3.Connection) -> bool:
    refused = []

    def use() -> None:
        try:
            connection.cursor().close()
        except sqlite3.ProgrammingError:
            refused.append(True)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    return bool(refused)


def _functions(connection: sqlite3.Connection) -> set[str]:
    query = "SELECT CAST(name AS BLOB) FROM pragma_function_list WHERE NOT builtin"
    return {name.decode() for (name,) in _rows(connection, query)}


def _functions_at_birth() -> set[str]:
    with closing(sqlite3.connect(":memory:")) as fresh:
        return _functions(fresh)
