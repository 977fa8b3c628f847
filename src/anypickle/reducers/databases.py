"""SQLite: a database file is opened again at its first use; one in memory crosses with what is in it.

A connection arrives with its settings (isolation level, row and text factory, timeout, detected types, attached
files). What SQLite does not tell, and so can't cross, is warned of: functions that were added with
`create_function`, temporary tables, work that is not committed. Cursors and blobs are refused.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, PolicyWarning, Scope
from anypickle.reducers import _sqlite_across_threads
from anypickle.reducers._lazy_connection import LazyConnection
from anypickle.reducers._sqlite_settings import Settings, belongs_to_another_thread, is_empty, read
from anypickle.reducers._turn import turn
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

__all__ = ["LazyConnection"]


@recipe(
    "sqlite3:Connection",
    LazyConnection,
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    subclasses=True,
    meaning="a connection to the same file, opened at its first use; a copy of a database in memory",
)
def _reduce_connection(connection: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if isinstance(connection, LazyConnection) and not connection.was_opened:
        return _rebuild.reduced("databases:connection", *connection.recipe())
    try:
        with turn:
            settings = read(connection)
            losses = list(settings.losses(connection))
            contents = None if settings.path else _contents(connection)
    except sqlite3.ProgrammingError as error:
        if "closed" in str(error):
            return _rebuild.reduced("databases:closed")
        refuse(
            connection, str(error), hint="connect with check_same_thread=False, or where it is used"
        )
    for loss in losses:
        crossing.warn(PolicyWarning, connection, loss)
    return _rebuild.reduced(
        "databases:connection", _class_of(connection), settings.as_tuple(), contents
    )


def connection(cls: type | None, settings: tuple[Any, ...], contents: bytes | None) -> Any:
    """A connection that opens its file when it is first used, or a database in memory with these contents."""
    wanted = Settings(*settings)
    if wanted.path and cls is None:
        lazy: LazyConnection = LazyConnection.__new__(LazyConnection)
        lazy.prepare(wanted)
        return lazy
    made = wanted.connect(cls or sqlite3.Connection)
    if contents:
        with closing(sqlite3.connect(":memory:")) as source:
            source.deserialize(contents)
            source.backup(made)
    return made


def closed() -> sqlite3.Connection:
    """A connection that is closed."""
    made = sqlite3.connect(":memory:")
    made.close()
    return made


@recipe(
    "sqlite3:Row",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the row with its names",
)
def _reduce_row(row: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("databases:row", type(row), row.keys(), tuple(row))


def row(cls: type, names: list[str], values: tuple[Any, ...]) -> Any:
    """A row of these values under these names."""
    columns = ", ".join('NULL AS "{}"'.format(name.replace('"', '""')) for name in names)
    with closing(sqlite3.connect(":memory:")) as database:
        return cls(database.execute(f"SELECT {columns}"), values)


@recipe(
    "sqlite3:Cursor",
    "sqlite3:Blob",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it is in the middle of its connection's work; fetch the rows first, or hand over the connection",
)
def _reduce_cursor(cursor: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")


def _class_of(connection: Any) -> type | None:
    kind = type(connection)
    return None if kind in (sqlite3.Connection, LazyConnection) else kind


def _contents(connection: sqlite3.Connection) -> bytes | None:
    """The database as it would be on disk; None while it is empty."""
    found = None
    try:
        if belongs_to_another_thread(connection):
            found = _sqlite_across_threads.contents(connection)
        else:
            found = connection.serialize()
    except sqlite3.OperationalError:
        pass  # also said of an empty one
    if found is None and not is_empty(connection):
        refuse(
            connection,
            "SQLite does not give its contents now",
            hint="dump it while nobody else uses it",
        )
    return found
