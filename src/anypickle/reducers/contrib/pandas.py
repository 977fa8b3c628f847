"""pandas: readers are opened again by path at their first use, and go on where they were.

Frames are pandas' own affair.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pandas import ExcelWriter, HDFStore
from pandas.io.json._json import JsonReader
from pandas.io.parsers import TextFileReader

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, Scope
from anypickle.reducers._instances import bare
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

_MEANING = "a reader of the same file, opened at its first use, that goes on where this one is"
_OPENS = "_anypickle_opens"


def _first_use(self: Any, name: str) -> Any:
    """Stands for `__getattr__` until the reader is asked for something; then it is an ordinary one."""
    if name.startswith("__") or _OPENS not in vars(self):
        raise AttributeError(name)
    cls, path, settings, seen = vars(self).pop(_OPENS)
    made = cls(path, **settings)
    self.__class__ = cls
    vars(self).update(vars(made))
    _skip(self, seen)
    return getattr(self, name)


class LazyTextReader(TextFileReader):  # type: ignore[misc]
    """A reader of a table in a text file that is opened at its first use."""

    __getattr__ = _first_use


class LazyJsonReader(JsonReader):  # type: ignore[misc]
    """A reader of lines of JSON that is opened at its first use."""

    __getattr__ = _first_use


class LazyStore(HDFStore):  # type: ignore[misc]
    """A store that is opened at its first use."""

    @property
    def _handle(self) -> Any:
        self.__class__ = HDFStore
        self.__dict__["_handle"] = None
        self.open(self._mode)
        return vars(self)["_handle"]


def _skip(reader: Any, seen: int) -> None:
    """Goes to where the original was."""
    if isinstance(reader, JsonReader):
        for _ in range(seen):
            next(reader.data)
        reader.nrows_seen = seen
    elif seen:
        reader.get_chunk(seen)


@recipe(TextFileReader, LazyTextReader, policy=Policy.REOPEN, scope=Scope.MACHINE, meaning=_MEANING)
def _reduce_text(reader: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if isinstance(reader, LazyTextReader):
        return _again("text", *vars(reader)[_OPENS][1:])
    settings = {**reader.orig_options, "engine": reader.engine}
    return _again("text", _path_of(reader), settings, reader._currow)


@recipe(JsonReader, LazyJsonReader, policy=Policy.REOPEN, scope=Scope.MACHINE, meaning=_MEANING)
def _reduce_json(reader: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if isinstance(reader, LazyJsonReader):
        return _again("json", *vars(reader)[_OPENS][1:])
    left_out = ("nrows_seen", "handles", "data")
    settings = {name: value for name, value in vars(reader).copy().items() if name not in left_out}
    return _again("json", _path_of(reader), settings, reader.nrows_seen)


def _again(kind: str, *opens: Any) -> Reduced:
    return _rebuild.reduced("contrib.pandas:reader", kind, *opens)


def reader(kind: str, path: str, settings: dict[str, Any], seen: int) -> Any:
    """A reader that is opened at its first use."""
    cls, lazy = _READERS[kind]
    made = bare(lazy)
    vars(made)[_OPENS] = (cls, path, settings, seen)
    return made


_READERS: dict[str, tuple[Any, Any]] = {
    "text": (TextFileReader, LazyTextReader),
    "json": (JsonReader, LazyJsonReader),
}


def _path_of(reader: Any) -> str:
    """The path of the file that pandas has opened."""
    handles = reader.handles
    if handles is None or not handles.created_handles:
        refuse(
            reader,
            "it is closed, or reads from what the program opened",
            hint="pass the path, and read on the other side",
        )
    name = getattr(handles.handle, "name", None)
    compressed = getattr(getattr(handles.handle, "buffer", handles.handle), "_fp", None)
    if not isinstance(name, str) and compressed is not None:
        name = getattr(compressed, "name", None)  # bz2 and lzma before Python 3.13
    if not isinstance(name, str) or not Path(name).is_file():
        refuse(
            reader,
            "what it reads from has no path",
            hint="pass the data, or write it to a file with a path",
        )
    return str(Path(name).absolute())


@recipe(
    HDFStore,
    LazyStore,
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="a store over the same file, opened at its first use, never truncating",
)
def _reduce_store(store: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = {**vars(store)}
    is_open = isinstance(store, LazyStore) or store.is_open
    state.pop("_handle", None)
    if is_open:
        state["_path"] = str(Path(store._path).absolute())
        if not isinstance(store, LazyStore) and store._mode != "r":
            store.flush()
        if store._mode == "w":
            state["_mode"] = "a"
    made = _rebuild.reduced("contrib.pandas:store", is_open, state=state)
    return (*made, None, None, fill)


def store(is_open: bool) -> Any:
    """A store that `fill` completes; one that was open is opened when it is used."""
    made = bare(LazyStore if is_open else HDFStore)
    if not is_open:
        vars(made)["_handle"] = None
    return made


def fill(store: Any, state: dict[str, Any]) -> None:
    """Sets the attributes of a store."""
    vars(store).update(state)


@recipe(
    ExcelWriter,
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="half of what it writes is still in it: close it first, or pass the frames and write on the other side",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
