"""Open files: opened again by path, at the same position, never truncating, when they are first used.

A file is three objects, text over buffer over raw, and each crosses by its own recipe. The raw one becomes a
`LazyFile`, which opens nothing until something is read, written or asked of the file, so that a machine that only
passes it on needs no such file. What was written is flushed before.

- Opened with `w` or `x` it is opened again for writing without truncating and without creating. One that is written
  sequentially (its position is the end) appends, so that several processes do not write over each other, until the
  receiver seeks.
- One that is only written, in what a process is started with, goes along as a descriptor: both sides write on at the
  one position that they share, as after a fork.
- Opened by number, or renamed since: found by what the system knows of it (Linux), if that is the same file.
- Without a name (deleted, `tempfile.TemporaryFile`): started and pool processes open it through the sender's
  `/proc` for as long as the sender lives; a deep copy gets a copy of its contents; other channels refuse.
- A `NamedTemporaryFile` is opened again, and only the original deletes it; so it is with a `TemporaryDirectory`, unless
  the copy is told to.
- `sys.stdin`, `sys.stdout`, `sys.stderr`, their buffers and raw files are those of the other side.
- Closed ones arrive closed. Pipes, sockets and other things that can't be opened again are refused.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import stat
import sys
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Channel, Policy, Scope
from anypickle.reducers._instances import bare, rest
from anypickle.reducers._lazy_file import LazyFile
from anypickle.reducers._turn import turn
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

__all__ = ["LazyFile"]

_NEWLINES = ("", "\n", "\r", "\r\n")
_MEANING = "opened again at the same position when it is first used, never truncating"
_STREAMS = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")


# --- raw --------------------------------------------------------------------------------------------------------


@recipe(
    "_io:FileIO",
    LazyFile,
    policy={Channel.BYTES: Policy.REOPEN, Channel.COPY: Policy.REOPEN},
    offers=(Policy.COPY,),
    scope=Scope.MACHINE,
    subclasses=True,
    meaning=_MEANING,
)
def _reduce_raw(raw: Any, policy: Policy, crossing: Crossing) -> Reduced:
    standard = _standard(raw)
    if standard is not None:
        return standard
    if type(raw) not in (io.FileIO, LazyFile):
        refuse(raw, "its class adds to io.FileIO", hint="give its class a __reduce__ of its own")
    if isinstance(raw, LazyFile) and not raw.was_opened:
        return _rebuild.reduced("files:raw", *raw.recipe())
    if raw.closed:
        return _rebuild.reduced("files:raw", _text(raw.name), raw.mode, 0, False, True, True)
    status = os.fstat(raw.fileno())
    if not stat.S_ISREG(status.st_mode) and not _is_null(status):
        refuse(
            raw,
            f"it is {_kind(status)} and can't be opened again by name",
            hint="open it on the other side, or hand over what was read from it",
        )
    if _goes_along(raw, crossing):
        return _rebuild.reduced("files:lent", _lend(raw), raw.mode, _text(raw.name))
    position = raw.tell()
    path = _path_of(raw, status)
    if policy is Policy.COPY or (path is None and crossing.channel is Channel.COPY):
        contents = os.pread(raw.fileno(), status.st_size, 0) if raw.readable() else None
        if contents is None:
            refuse(raw, "its contents can't be read through it")
        return _rebuild.reduced("files:copied", contents, position)
    if path is None and crossing.channel in (Channel.SPAWN, Channel.TASK):
        path = f"/proc/{os.getpid()}/fd/{raw.fileno()}"
    if path is None:
        refuse(
            raw,
            "the file has no name any more, so nobody else can open it",
            hint="use a file with a name, or policies={io.FileIO: 'copy'} to send its contents",
        )
    sequential = not raw.readable() and position == status.st_size
    return _rebuild.reduced(
        "files:raw", path, raw.mode, position, sequential, raw.seekable(), False
    )


def raw(path: str, mode: str, position: int, append: bool, seekable: bool, closed: bool) -> Any:
    """A file that is opened when it is first used."""
    made = LazyFile.__new__(LazyFile)
    made.prepare(path, mode, position, append, seekable)
    if closed:
        made.close()
    return made


def lent(handle: Any, mode: str, name: str) -> Any:
    """A file over a descriptor that this process was started with."""
    made = io.FileIO(handle.detach(), mode)
    made.name = name
    return made


def copied(contents: bytes, position: int) -> Any:
    """A nameless temporary file with these contents."""
    import tempfile

    with tempfile.TemporaryFile(buffering=0) as made:
        made.write(contents)
        made.seek(position)
        return io.FileIO(os.dup(made.fileno()), "rb+")


# --- buffer -----------------------------------------------------------------------------------------------------


@recipe(
    "_io:BufferedReader",
    "_io:BufferedWriter",
    "_io:BufferedRandom",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    subclasses=True,
    meaning=_MEANING,
)
def _reduce_buffered(buffered: Any, policy: Policy, crossing: Crossing) -> Reduced:
    standard = _standard(buffered)
    if standard is not None:
        return standard
    position = None
    if not buffered.closed:
        if buffered.writable():
            buffered.flush()
        if buffered.seekable() and not _goes_along(buffered.raw, crossing):
            with turn:  # a text file over it may be looked at
                position = buffered.tell()
    size = buffered.__sizeof__() - type(buffered).__basicsize__
    return _rebuild.reduced(
        "files:buffered",
        type(buffered),
        buffered.raw,
        max(size, 0) or io.DEFAULT_BUFFER_SIZE,
        position,
        state=rest(buffered, ()),
    )


def buffered(cls: type, raw: Any, size: int, position: int | None) -> Any:
    """A buffer over a raw file, at a position; over a closed one it is closed."""
    made = bare(cls)
    base: Any = next(base for base in cls.__mro__ if base.__module__ == "_io")
    with _Revived(raw) as closed:
        base.__init__(made, raw, size)
    if position is not None and not closed:
        made.seek(position)
    return made


# --- text -------------------------------------------------------------------------------------------------------


@recipe(
    "_io:TextIOWrapper",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    subclasses=True,
    meaning=_MEANING + ", with its encoding, errors, newline and buffering",
)
def _reduce_text(text: Any, policy: Policy, crossing: Crossing) -> Reduced:
    standard = _standard(text)
    if standard is not None:
        return standard
    cookie = None
    if not text.closed:
        if text.seekable() and not _goes_along(getattr(text.buffer, "raw", None), crossing):
            with turn:
                cookie = _position(text)
        else:
            text.flush()
    return _rebuild.reduced(
        "files:text",
        type(text),
        text.buffer,
        text.encoding,
        text.errors,
        _newline(text),
        text.line_buffering,
        text.write_through,
        cookie,
        state=rest(text, ()),
    )


def text(
    cls: type,
    buffer: Any,
    encoding: str,
    errors: str,
    newline: str | None,
    line_buffering: bool,
    write_through: bool,
    cookie: int | None,
) -> Any:
    """A text file over a buffer, at what `tell` said; over a closed one it is closed."""
    made = bare(cls)
    with _Revived(getattr(buffer, "raw", None)) as closed:
        io.TextIOWrapper.__init__(
            made, buffer, encoding, errors, newline, line_buffering, write_through
        )
    if cookie is not None and not closed:
        made.seek(cookie)
    return made


def _position(text: Any) -> int:
    """Where a text file is; the read-ahead is given back, so that `_newline` sees it fresh.

    `tell` comes first, and flushes: `flush` would let it answer, wrongly, in the middle of a loop over the lines.
    """
    try:
        cookie: int = text.tell()
    except OSError:
        refuse(
            text,
            "its position is not known while a loop goes over its lines",
            hint="read with readline() or readlines(), or dump before or after the loop",
        )
    if text.readable():
        text.seek(cookie)
    return cookie


def _newline(text: Any) -> str | None:
    """The `newline` that a text file was made with, which it has no attribute for.

    What it refers to, in the order of CPython's `textiowrapper_traverse`: encoding, newline unless None, ..., errors.
    """
    strings = [held for held in gc.get_referents(text) if isinstance(held, str)]
    if len(strings) > 2 and strings[1] in _NEWLINES:
        return strings[1]
    return None


# --- temporary --------------------------------------------------------------------------------------------------


@recipe(
    "tempfile:_TemporaryFileWrapper",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    subclasses=True,
    meaning="the same file opened again; only the original deletes it",
)
def _reduce_temporary(wrapper: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("files:temporary", type(wrapper), wrapper.file, wrapper.name)


def temporary(cls: type, file: Any, name: str) -> Any:
    """A wrapper of a temporary file that leaves the deleting to the one that made it."""
    import tempfile

    made = bare(cls)
    tempfile._TemporaryFileWrapper.__init__(made, file, name, delete=False)
    return made


@recipe(
    "tempfile:TemporaryDirectory",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    subclasses=True,
    meaning="the same directory; it is deleted with the original, or by cleanup()",
)
def _reduce_directory(directory: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = {**vars(directory), "name": os.path.abspath(directory.name)}  # noqa: PTH100
    del state["_finalizer"]
    return _rebuild.reduced("files:temporary_directory", type(directory), state=state)


def temporary_directory(cls: type) -> Any:
    """A temporary directory that leaves the deleting to the one that made it."""
    import weakref

    made = bare(cls)
    made._finalizer = weakref.finalize(made, _text, "")
    made._finalizer.detach()
    return made


# --- helpers ----------------------------------------------------------------------------------------------------


class _Revived:
    """Lets a buffer or text be made over a raw file that is closed, and closes it again; gives whether it is."""

    def __init__(self, raw: Any) -> None:
        self._closed = raw if isinstance(raw, LazyFile) and raw.closed else None

    def __enter__(self) -> bool:
        if self._closed is not None:
            self._closed.revive()
        return self._closed is not None

    def __exit__(self, *exc_info: object) -> None:
        if self._closed is not None:
            self._closed.close()


def _goes_along(raw: Any, crossing: Crossing) -> bool:
    """Whether a raw file is part of what a process is being started with, and is only written."""
    if crossing.channel is not Channel.SPAWN or type(raw) not in (io.FileIO, LazyFile):
        return False
    if raw.closed or raw.readable() or (isinstance(raw, LazyFile) and not raw.was_opened):
        return False
    from multiprocessing import context

    return context.get_spawning_popen() is not None and stat.S_ISREG(os.fstat(raw.fileno()).st_mode)


def _lend(raw: Any) -> Any:
    """What the started process finds its descriptor by; a number may be passed only once, so a new one is."""
    from multiprocessing import context, reduction, util

    duplicate = os.dup(raw.fileno())
    util.Finalize(context.get_spawning_popen(), os.close, args=(duplicate,))
    return reduction.DupFd(duplicate)


def _standard(file: Any) -> Reduced | None:
    """Reduces the standard streams and their parts by reference; None for other files."""
    for name in _STREAMS:
        stream = getattr(sys, name, None)
        for part in ("", "buffer", "buffer.raw"):
            found = stream
            for attribute in part.split(".") if part else ():
                found = getattr(found, attribute, None)
            if found is file:
                return _rebuild.reduced("files:standard", name, part)
    return None


def standard(name: str, part: str) -> Any:
    """A standard stream of this process, or a part of it."""
    found = getattr(sys, name)
    for attribute in part.split(".") if part else ():
        found = getattr(found, attribute)
    return found


def _path_of(raw: Any, status: os.stat_result) -> str | None:
    """An absolute path at which the open file can be found; None when there is none."""
    candidates = []
    if isinstance(raw.name, (str, bytes)):
        candidates.append(os.path.abspath(_text(raw.name)))  # noqa: PTH100 - no symlinks resolved
    with contextlib.suppress(OSError):
        candidates.append(os.readlink(f"/proc/self/fd/{raw.fileno()}"))  # noqa: PTH115
    for path in candidates:
        try:
            if os.path.samestat(os.stat(path), status):  # noqa: PTH116
                return path
        except OSError:
            continue
    return None


def _text(name: Any) -> str:
    return os.fsdecode(name) if isinstance(name, (str, bytes)) else f"<fd {name}>"


def _is_null(status: os.stat_result) -> bool:
    return stat.S_ISCHR(status.st_mode) and os.path.samestat(status, os.stat(os.devnull))  # noqa: PTH116


def _kind(status: os.stat_result) -> str:
    for test, name in (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a terminal or device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(status.st_mode):
            return name
    return "no regular file"
