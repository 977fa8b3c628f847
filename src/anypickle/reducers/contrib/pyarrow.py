"""pyarrow: files are opened again by path at their first use; tables, schemas and datasets are pyarrow's own affair."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, Scope
from anypickle.reducers._instances import bare
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

_FOOTER = 1 << 16


@recipe(
    pyarrow.OSFile,
    pyarrow.MemoryMappedFile,
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="a file of Arrow's over the same file, opened at its first use, at the same position",
)
def _reduce_file(file: Any, policy: Policy, crossing: Crossing) -> Reduced:
    path = next((part for part in gc.get_referents(file) if isinstance(part, str | bytes)), None)
    if file.closed or path is None:
        refuse(file, "it is closed", hint="pass its path, and open it on the other side")
    if file.writable():
        refuse(file, "it is open for writing", hint="close it, or write on the other side")
    path = str(Path(os.fsdecode(path)).absolute())
    return _rebuild.reduced("contrib.pyarrow:file", path, file.tell())


class _PathFile:
    """What Arrow reads from: a file that is opened when something is asked of it."""

    def __init__(self, path: str, position: int) -> None:
        self.path = path
        self.position = position
        self.closed = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        opened = Path(self.path).open("rb")  # noqa: SIM115
        opened.seek(self.position)
        for method in ("read", "readinto", "seek", "tell", "seekable", "readable", "writable"):
            setattr(self, method, getattr(opened, method))
        self._opened = opened
        return getattr(self, name)

    def close(self) -> None:
        self.closed = True
        if "_opened" in vars(self):
            self._opened.close()


class PathFile(pyarrow.PythonFile):  # type: ignore[misc]
    """A file of Arrow's that is opened when it is first read."""


def file(path: str, position: int) -> Any:
    """A file that is opened when it is first read."""
    return PathFile(_PathFile(path, position), mode="r")


@recipe(
    PathFile,
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="a file of Arrow's over the same file, opened at its first use, at the same position",
)
def _reduce_path_file(file: Any, policy: Policy, crossing: Crossing) -> Reduced:
    handle = next(part for part in gc.get_referents(file) if isinstance(part, _PathFile))
    position = file.tell() if "_opened" in vars(handle) else handle.position
    return _rebuild.reduced("contrib.pyarrow:file", handle.path, position)


@recipe(
    pyarrow.BufferReader,
    policy=Policy.COPY,
    meaning="a reader of the copy of its buffer, at the same position",
)
def _reduce_reader(reader: Any, policy: Policy, crossing: Crossing) -> Reduced:
    buffer = next(p for p in gc.get_referents(reader) if isinstance(p, pyarrow.Buffer))
    return _rebuild.reduced("contrib.pyarrow:reader", buffer, reader.tell())


def reader(buffer: Any, position: int) -> Any:
    """A reader of a buffer."""
    made = pyarrow.BufferReader(buffer)
    made.seek(position)
    return made


@recipe(
    pyarrow.ipc.RecordBatchFileReader,
    policy=Policy.COPY,
    meaning="a reader of a copy of the batches in the file",
)
def _reduce_batches(batches: Any, policy: Policy, crossing: Crossing) -> Reduced:
    all_of_them = [batches.get_batch(i) for i in range(batches.num_record_batches)]
    return _rebuild.reduced("contrib.pyarrow:batches", batches.schema, all_of_them)


def batches(schema: Any, all_of_them: list[Any]) -> Any:
    """A reader of these batches."""
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_file(sink, schema) as writer:
        for batch in all_of_them:
            writer.write(batch)
    return pyarrow.ipc.open_file(sink.getvalue())


@recipe(
    "pyarrow.parquet.core:ParquetFile",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="a reader of the same Parquet file, opened at its first use",
)
def _reduce_parquet(file: Any, policy: Policy, crossing: Crossing) -> Reduced:
    opens = vars(file).get("_anypickle_opens")
    if opens is None:
        if file.closed:
            refuse(file, "it is closed", hint="pass its path, and open it on the other side")
        opens = (_source_of(file), _dictionaries(file.schema_arrow), file.common_metadata)
    return _rebuild.reduced("contrib.pyarrow:parquet", *opens)


def _source_of(file: Any) -> Any:
    """What a Parquet file is read from: what the program gave, a path, or the contents where that is not known."""
    source = next(
        part
        for part in gc.get_referents(file.reader)
        if part is not None and type(part).__name__ != "FileMetaData"
    )
    if type(source) is not pyarrow.NativeFile:
        return source
    size = source.size()
    footer = source.read_at(min(size, _FOOTER), max(size - _FOOTER, 0))
    for path in _open_files():
        try:
            if Path(path).stat().st_size == size:
                with Path(path).open("rb") as candidate:
                    candidate.seek(max(size - _FOOTER, 0))
                    if candidate.read() == footer:
                        return path
        except OSError:
            continue
    return pyarrow.py_buffer(source.read_at(size, 0))


def _open_files() -> Iterator[str]:
    """The paths of the regular files that this process has open."""
    links = Path("/proc/self/fd")
    for link in links.iterdir() if links.is_dir() else ():
        with suppress(OSError):  # the one that lists them is gone
            path = link.readlink()
            if path.is_file():
                yield str(path)


def _dictionaries(schema: Any) -> list[str]:
    """The columns that are read as dictionaries."""
    return [f.name for f in schema if pyarrow.types.is_dictionary(f.type)]


def parquet(source: Any, dictionaries: list[str], common_metadata: Any) -> Any:
    """A Parquet file that is opened when it is first used."""
    made = bare(_lazy_parquet())
    vars(made)["_anypickle_opens"] = (source, dictionaries, common_metadata)
    return made


_classes: list[type] = []


def _lazy_parquet() -> type:
    """The class of those that are not open yet; pyarrow.parquet is imported only by who has such a file."""
    if not _classes:
        from pyarrow.parquet import ParquetFile

        _classes.append(type("LazyParquetFile", (ParquetFile,), {"__getattr__": _first_use}))
        recipe(
            _classes[0],
            policy=Policy.REOPEN,
            scope=Scope.MACHINE,
            meaning="a reader of the same Parquet file, opened at its first use",
        )(_reduce_parquet)
    return _classes[0]


def _first_use(self: Any, name: str) -> Any:
    """Stands for `__getattr__` until the file is asked for something; then it is an ordinary one."""
    if name.startswith("__") or "_anypickle_opens" not in vars(self):
        raise AttributeError(name)
    from pyarrow.parquet import ParquetFile

    source, dictionaries, common_metadata = vars(self).pop("_anypickle_opens")
    if isinstance(source, pyarrow.Buffer):
        source = pyarrow.BufferReader(source)
    self.__class__ = ParquetFile
    self.__init__(source, read_dictionary=dictionaries, common_metadata=common_metadata)
    return getattr(self, name)


@recipe(
    "pyarrow.parquet.core:ParquetWriter",
    "pyarrow._dataset:Scanner",
    "pyarrow.lib:NativeFile",
    "pyarrow.lib:RecordBatchReader",
    "pyarrow.ipc:RecordBatchStreamReader",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it is in the middle of its work: pass the table, the dataset or the path, and begin on the other side",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
