"""Kinds of files and databases. Runs in `__main__`; see `zoo.send`."""

import bz2
import gzip
import io
import lzma
import os
import pathlib
import sqlite3
import tempfile
import zipfile

from tests.interop.zoo import kind

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="zoo-"))


@kind(
    "text file read half-way",
    "assert value.readline() == 'two\\n' and value.name.endswith('t.txt'); value.close()",
)
def _():
    (FOLDER / "t.txt").write_text("one\ntwo\n")
    file = (FOLDER / "t.txt").open()
    file.readline()
    return file


@kind("binary file", "assert value.read() == b'cd'; value.close()")
def _():
    (FOLDER / "b.bin").write_bytes(b"abcd")
    file = (FOLDER / "b.bin").open("rb")
    file.seek(2)
    return file


@kind(
    "file opened for writing is not emptied",
    "value.write('more'); value.close(); assert open(value.name).read().startswith('kept')",
)
def _():
    file = (FOLDER / "w.txt").open("w")
    file.write("kept")
    file.flush()
    return file


@kind("closed file", "assert value.closed")
def _():
    file = (FOLDER / "c.txt").open("w")
    file.close()
    return file


@kind("standard streams", "import sys; assert value[0] is sys.stdout and value[1] is sys.stderr")
def _():
    import sys

    return sys.stdout, sys.stderr


@kind("StringIO and BytesIO", "s, b = value; assert s.read() == 'b' and b.getvalue() == b'ab'")
def _():
    text, data = io.StringIO("ab"), io.BytesIO(b"ab")
    text.read(1)
    return text, data


@kind("temporary file", "assert value.read() == b'x'; value.close()")
def _():
    file = tempfile.NamedTemporaryFile(dir=FOLDER, delete=False)  # noqa: SIM115
    file.write(b"x")
    file.flush()
    file.seek(0)
    keep.append(file)
    return file


keep = []


@kind("gzip, bz2 and lzma files", "assert [f.read() for f in value] == [b'g', b'b', b'l']")
def _():
    opened = []
    for opener, name in ((gzip, "g"), (bz2, "b"), (lzma, "l")):
        with opener.open(FOLDER / name, "wb") as file:
            file.write(name.encode())
        opened.append(opener.open(FOLDER / name))
    return opened


@kind("zipfile", "assert value.namelist() == ['a'] and value.read('a') == b'1'")
def _():
    with zipfile.ZipFile(FOLDER / "z.zip", "w") as made:
        made.writestr("a", "1")
    return zipfile.ZipFile(FOLDER / "z.zip")


@kind(
    "sqlite3 connection to a file",
    "assert value.execute('select x from t').fetchone() == (5,); value.close()",
)
def _():
    connection = sqlite3.connect(FOLDER / "d.db")
    connection.execute("create table t (x)")
    connection.execute("insert into t values (5)")
    connection.commit()
    return connection


@kind("sqlite3 connection in memory", "assert value.execute('select x from t').fetchone() == (5,)")
def _():
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (x)")
    connection.execute("insert into t values (5)")
    connection.commit()
    return connection


@kind("os.DirEntry", "assert value.name == 'e.txt' and value.is_file()")
def _():
    (FOLDER / "e.txt").write_text("")
    return next(entry for entry in os.scandir(FOLDER) if entry.name == "e.txt")
