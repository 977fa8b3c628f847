"""Compressed files and archives that are read: opened again, at the same position.

One that is written is refused: two ends of one compressed stream would spoil the file. A compressed file that has been
read from is read again up to its position when it is first used: rebuilding it opens nothing.
"""

from __future__ import annotations

import io
import sys
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, Scope
from anypickle.reducers._instances import as_stock, bare, rest
from anypickle.reducers._turn import turn
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

_READING = ("r", "rb", 1)
_MEANING = "opened again at the same position; one that is written is refused"
_OF_GZIP = frozenset({"fileobj", "myfileobj", "_buffer", "mode", "name", "_buffer_size"})
_OF_OTHERS = frozenset({"_fp", "_closefp", "_close_fp", "_mode", "_buffer"})


def _refuse_writing(file: Any) -> None:
    refuse(
        file,
        "it is being written, and two who write one compressed stream spoil it",
        hint="close it first, and pass its path",
    )


@recipe(
    "gzip:GzipFile", policy=Policy.REOPEN, scope=Scope.MACHINE, subclasses=True, meaning=_MEANING
)
def _reduce_gzip(file: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if file.fileobj is None:
        return _rebuild.reduced("archives:gzip_file", type(file), file.name, None, 0, True)
    if file.mode not in _READING:
        _refuse_writing(file)
    inner = _at_start(file.fileobj)
    owns = file.myfileobj is not None
    return _rebuild.reduced(
        "archives:gzip_file",
        type(file),
        file.name,
        inner,
        file.tell(),
        owns,
        state=rest(file, _OF_GZIP),
    )


def gzip_file(cls: type, name: str, inner: Any, position: int, owns: bool) -> Any:
    """A GzipFile for reading over a file that is at its start; closed without one."""
    import gzip

    made = bare(cls)
    gzip.GzipFile.__init__(made, name, "rb", fileobj=inner or io.BytesIO())
    if inner is None:
        made.close()
    elif owns:
        made.myfileobj = inner
    _skip(made, position)
    return made


def _skip(made: Any, position: int) -> None:
    """Puts a compressed file at a position that is gone to when it is first used."""
    if position:
        made._buffer = io.BufferedReader(_Skipping(made._buffer.detach(), position))


class _Skipping(io.RawIOBase):
    """A decompressor that is taken to be at a position, and goes there when something is read."""

    def __init__(self, inner: Any, position: int) -> None:
        self._inner = inner
        self._position: int | None = position

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_inner":
            raise AttributeError(name)
        return getattr(self._inner, name)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._position is not None:
            position, self._position = self._position, None
            self._inner.seek(position)
        read: int | None = self._inner.readinto(buffer)
        return read

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset, whence = self.tell() + offset, io.SEEK_SET
        if whence == io.SEEK_SET and offset == self._position:
            return offset  # GzipFile asks so where it is
        self._position = None
        reached: int = self._inner.seek(offset, whence)
        return reached

    def tell(self) -> int:
        at: int = self._inner.tell() if self._position is None else self._position
        return at

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            super().close()


_OTHERS = ["bz2:BZ2File", "lzma:LZMAFile"]
if sys.version_info >= (3, 14):
    _OTHERS.append("compression.zstd._zstdfile:ZstdFile")


@recipe(
    *_OTHERS,
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    subclasses=True,
    meaning=_MEANING,
)
def _reduce_other(file: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if file._fp is None:
        return _rebuild.reduced("archives:other_file", type(file), None, 0, False, {})
    if file._mode not in _READING:
        _refuse_writing(file)
    arguments = file._buffer.raw._decomp_args
    return _rebuild.reduced(
        "archives:other_file",
        type(file),
        _at_start(file._fp),
        file.tell(),
        getattr(file, _closes(file)),
        arguments,
        state=rest(file, _OF_OTHERS),
    )


def _closes(file: Any) -> str:
    """The attribute that says whether the file below is closed with it."""
    return "_close_fp" if hasattr(file, "_close_fp") else "_closefp"


def other_file(cls: type, inner: Any, position: int, owns: bool, arguments: dict[str, Any]) -> Any:
    """A BZ2File, LZMAFile or ZstdFile for reading over a file that is at its start; closed without one."""
    known = {name: value for name, value in arguments.items() if name != "memlimit"}
    made: Any = cls(inner or io.BytesIO(), "rb", **known)
    setattr(made, _closes(made), owns)
    if inner is None:
        made.close()
    _skip(made, position)
    return made


def _reduce_zstd_dict(dictionary: Any, policy: Policy, crossing: Crossing) -> Reduced:
    content, number = dictionary.dict_content, dictionary.dict_id
    return _rebuild.reduced("archives:zstd_dict", type(dictionary), content, number == 0)


if sys.version_info >= (3, 14):
    recipe("compression.zstd:ZstdDict", policy=Policy.COPY, meaning="the same dictionary")(
        _reduce_zstd_dict
    )


def zstd_dict(cls: Any, content: bytes, raw: bool) -> Any:
    """A dictionary for Zstandard."""
    return cls(content, is_raw=raw)


class _AtStart:
    """Stands in a stream for a file, at its start."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild.reduced("archives:rewound", self._file)


def _at_start(file: Any) -> _AtStart:
    return _AtStart(file)


def rewound(file: Any) -> Any:
    """A file at its start, where a decoder begins again; a file that is opened lazily opens nothing for it."""
    file.seek(0)
    return file


@recipe(
    "zipfile:ZipFile",
    "tarfile:TarFile",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    subclasses=True,
    meaning="an archive that is read, with its directory; one that is written is refused",
)
def _reduce_archive(archive: Any, policy: Policy, crossing: Crossing) -> Reduced:
    closed = getattr(archive, "fp", True) is None or getattr(archive, "closed", False)
    if archive.mode != "r" and not closed:
        _refuse_writing(archive)
    return as_stock(archive)


@recipe(
    "wave:Wave_write",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it is being written: close it first, and pass its path",
)
def _reduce_wave(writer: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")


@recipe(
    "dbm.dumb:_Database",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="the same files with the same index, written out before",
)
def _reduce_dumb(database: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if database._index is not None:
        with turn:  # it moves files
            database.sync()
    return as_stock(database)


@recipe(
    "_dbm:dbm",
    "_gdbm:gdbm",
    policy=Policy.REFUSE,
    meaning="it does not tell which file it has open: pass the path, and open it on the other side",
)
def _reduce_dbm(database: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
