"""An SQLite connection that opens its file at its first use.

    connection = LazyConnection.__new__(LazyConnection)
    connection.prepare(settings)
    connection.execute("SELECT ...")        # opens

It is an `sqlite3.Connection`, every method and attribute of which opens it first. Threading: as for the connection it
becomes; it belongs to the thread that uses it first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from anypickle.reducers._sqlite_settings import Settings

__all__ = ["LazyConnection"]


class LazyConnection(sqlite3.Connection):
    """An `sqlite3.Connection` that `prepare` describes and the first use opens."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("a LazyConnection is made by unpickling a connection")

    def prepare(self, settings: Settings) -> None:
        """Says what to open; called once, in the place of `__init__`."""
        self._settings = settings
        self.was_opened = False
        self._closed = False

    def recipe(self) -> tuple[None, tuple[Any, ...], None]:
        """What rebuilds it while it is not open."""
        return None, self._settings.as_tuple(), None

    def open(self) -> None:
        """Opens it if that was not done yet.

        Raises:
            sqlite3.OperationalError: The file is not there.
            sqlite3.ProgrammingError: It was closed before it was used.
        """
        if self.was_opened:
            return
        if self._closed:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
        super().__init__(**self._settings.arguments())
        self.was_opened = True
        self._settings.finish(self)

    def close(self) -> None:
        """Closes it; one that was never used just ends."""
        self._closed = True
        if self.was_opened:
            super().close()


def _opening_method(name: str) -> Callable[..., Any]:
    plain = getattr(sqlite3.Connection, name)

    def method(self: LazyConnection, /, *args: Any, **kwargs: Any) -> Any:
        self.open()
        return plain(self, *args, **kwargs)

    method.__name__, method.__doc__ = name, plain.__doc__
    return method


def _opening_attribute(name: str) -> property:
    plain = getattr(sqlite3.Connection, name)

    def get(self: LazyConnection) -> Any:
        self.open()
        return plain.__get__(self)

    def set_(self: LazyConnection, value: Any) -> None:
        if self.was_opened or name not in ("row_factory", "text_factory"):
            self.open()
        plain.__set__(self, value)

    return property(get, set_)


def _cover() -> None:
    """Puts an opening method or attribute before each one of `sqlite3.Connection`'s."""
    for name, value in vars(sqlite3.Connection).copy().items():
        special = name.startswith("__") and name not in ("__call__", "__enter__", "__exit__")
        if name in vars(LazyConnection) or special or name[0].isupper():
            continue
        if callable(value):
            setattr(LazyConnection, name, _opening_method(name))
        elif hasattr(value, "__set__"):
            setattr(LazyConnection, name, _opening_attribute(name))


_cover()
