"""Kinds of files, archives, databases and settings. Runs in `__main__`; see `zoo.send`."""

# ruff: noqa: SIM115

import bz2
import codecs
import configparser
import dbm.dumb
import filecmp
import fileinput
import gzip
import io
import lzma
import mimetypes
import mmap
import netrc
import os
import pathlib
import plistlib
import shelve
import shlex
import shutil
import sqlite3
import stat
import tarfile
import tempfile
import wave
import zipfile
import zipimport
import zlib

from tests.interop.zoo import kind

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="zoo-"))


def _path(name, contents=b"one\ntwo\nthree\n"):
    path = FOLDER / name
    path.write_bytes(contents)
    return path


@kind("unbuffered file", "assert value.read() == b'e\\ntwo\\nthree\\n'")
def _():
    file = _path("raw").open("rb", buffering=0)
    file.read(2)
    return file


@kind("file opened r+", "assert value.read() == 'two\\nthree\\n' and value.writable()")
def _():
    file = _path("plus").open("r+", encoding="utf-8")
    file.readline()
    return file


@kind(
    "file opened for appending",
    r"""
    value.write('x')
    value.flush()
    assert open(value.name).read() == 'one\ntwo\nthree\nzx'
    """,
)
def _():
    file = _path("append").open("a", encoding="utf-8")
    file.write("z")
    return file


@kind(
    "file with another encoding",
    """
    assert value.read() == 'ä'
    assert value.encoding == 'latin-1'
    assert value.errors == 'replace'
    """,
)
def _():
    return _path("latin", b"\xe4").open(encoding="latin-1", errors="replace")


@kind("codecs.open", "assert value.read() == 'ä'")
def _():
    return codecs.StreamReaderWriter(
        _path("codec", b"\xe4").open("rb"), *codecs.lookup("latin-1")[2:4]
    )


@kind("pipe (refused)", "")
def _():
    return os.fdopen(os.pipe()[0])


@kind(
    "TextIOWrapper over BytesIO",
    "assert value.read() == 'two' and value.buffer.getvalue() == b'one\\ntwo'",
)
def _():
    file = io.TextIOWrapper(io.BytesIO(b"one\ntwo"), encoding="utf-8")
    file.readline()
    return file


@kind("BufferedReader over BytesIO", "assert value.read() == b'bc'")
def _():
    file = io.BufferedReader(io.BytesIO(b"abc"))
    file.read(1)
    return file


@kind("BufferedRWPair (refused)", "")
def _():
    return io.BufferedRWPair(io.BytesIO(), io.BytesIO())


@kind(
    "StringIO at a position with newline",
    "assert value.read() == 'o\\n' and value.getvalue() == 'two\\n'",
)
def _():
    file = io.StringIO("two\n", newline="\n")
    file.seek(2)
    return file


@kind("subclass of BytesIO", "assert value.read() == b'c' and value.tag == 1")
def _():
    class Tagged(io.BytesIO):
        tag = 0

    file = Tagged(b"abc")
    file.seek(2)
    file.tag = 1
    return file


@kind("getbuffer of BytesIO", "assert bytes(value) == b'abc'")
def _():
    return io.BytesIO(b"abc").getbuffer()


@kind("IncrementalNewlineDecoder (refused)", "")
def _():
    return io.IncrementalNewlineDecoder(None, True)


@kind("incremental decoder", "assert value.decode(b'\\xa4') == 'ä'")
def _():
    decoder = codecs.getincrementaldecoder("utf-8")()
    decoder.decode(b"\xc3")
    return decoder


@kind("incremental encoder", "assert value.encode('a') == b'a\\x00'")
def _():
    encoder = codecs.getincrementalencoder("utf-16-le")()
    return encoder


@kind("codec info", "assert value.decode(b'\\xe4')[0] == 'ä' and value.name == 'iso8859-1'")
def _():
    return codecs.lookup("latin-1")


@kind("SpooledTemporaryFile", "assert value.read() == b'bc'")
def _():
    file = tempfile.SpooledTemporaryFile()
    file.write(b"abc")
    file.seek(1)
    return file


@kind("NamedTemporaryFile", "assert value.read() == b'bc' and value.name")
def _():
    file = tempfile.NamedTemporaryFile(dir=FOLDER, delete=False)
    file.write(b"abc")
    file.seek(1)
    return file


@kind("TemporaryDirectory", "import os; assert os.path.isdir(value.name)")
def _():
    return DIRECTORY


DIRECTORY = tempfile.TemporaryDirectory(dir=FOLDER, ignore_cleanup_errors=True)
DIRECTORY._finalizer.detach()


@kind("gzip file half-way", "assert value.read() == b'two\\n'")
def _():
    file = gzip.open(_path("half.gz", gzip.compress(b"one\ntwo\n")))
    file.readline()
    return file


@kind("gzip file as text", "assert value.read() == 'two\\n'")
def _():
    file = gzip.open(_path("text.gz", gzip.compress(b"one\ntwo\n")), "rt")
    file.readline()
    return file


@kind("gzip file that is written (refused)", "")
def _():
    return gzip.open(FOLDER / "written.gz", "wb")


@kind("bz2 and lzma files half-way", "assert [file.read() for file in value] == [b'two\\n'] * 2")
def _():
    files = (
        bz2.open(_path("h.bz2", bz2.compress(b"one\ntwo\n"))),
        lzma.open(_path("h.xz", lzma.compress(b"one\ntwo\n"))),
    )
    for file in files:
        file.readline()
    return files


@kind("zlib compressor (refused)", "")
def _():
    return zlib.compressobj()


@kind("zlib decompressor (refused)", "")
def _():
    return zlib.decompressobj()


@kind("bz2 compressor (refused)", "")
def _():
    return bz2.BZ2Compressor()


@kind("lzma decompressor (refused)", "")
def _():
    return lzma.LZMADecompressor()


@kind(
    "ZipInfo and zipfile.Path",
    "info, path = value\nassert info.filename == 'a' and (path / 'a').read_text() == 'x'",
)
def _():
    with zipfile.ZipFile(FOLDER / "p.zip", "w") as archive:
        archive.writestr("a", "x")
    return zipfile.ZipInfo("a"), zipfile.Path(FOLDER / "p.zip")


@kind("member of a zipfile (refused)", "")
def _():
    with zipfile.ZipFile(FOLDER / "m.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", "one\ntwo")
    member = zipfile.ZipFile(FOLDER / "m.zip").open("a")
    member.readline()
    return member


@kind("zipfile that is written (refused)", "")
def _():
    return zipfile.ZipFile(FOLDER / "w.zip", "w")


@kind("tarfile", "assert value.getnames() == ['a'] and value.extractfile('a').read() == b'x'")
def _():
    with tarfile.open(FOLDER / "t.tar", "w") as archive:
        info = tarfile.TarInfo("a")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    return tarfile.open(FOLDER / "t.tar")


@kind("tarfile with compression", "assert value.extractfile('a').read() == b'x'")
def _():
    with tarfile.open(FOLDER / "t.tgz", "w:gz") as archive:
        info = tarfile.TarInfo("a")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    return tarfile.open(FOLDER / "t.tgz")


@kind("TarInfo", "assert value.name == 'a' and value.size == 3")
def _():
    info = tarfile.TarInfo("a")
    info.size = 3
    return info


@kind(
    "zipimporter",
    """
    assert value.load_module('zoomod').x == 1 if hasattr(value, 'load_module') else value.archive
    """,
)
def _():
    with zipfile.ZipFile(FOLDER / "i.zip", "w") as archive:
        archive.writestr("zoomod.py", "x = 1")
    return zipimport.zipimporter(str(FOLDER / "i.zip"))


@kind("wave reader", "assert value.getnframes() == 2 and value.readframes(1) == b'cd'")
def _():
    with wave.open(str(FOLDER / "w.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"abcd")
    made = wave.open(str(FOLDER / "w.wav"), "rb")
    made.readframes(1)
    return made


@kind("shelve of dbm.dumb", "assert value['a'] == [1]")
def _():
    made = shelve.Shelf(dbm.dumb.open(str(FOLDER / "shelf")))
    made["a"] = [1]
    return made


@kind("dbm.dumb database", "assert value[b'k'] == b'v'")
def _():
    made = dbm.dumb.open(str(FOLDER / "dumb"))
    made[b"k"] = b"v"
    return made


@kind("shelve over a dict", "assert value['a'] == 1")
def _():
    made = shelve.Shelf({})
    made["a"] = 1
    return made


@kind("sqlite3.Row", "assert value['n'] == 1 and tuple(value) == (1, 'x')")
def _():
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    return connection.execute("select 1 as n, 'x' as s").fetchone()


@kind("sqlite3.Cursor (refused)", "")
def _():
    return sqlite3.connect(":memory:").execute("select 1")


@kind(
    "sqlite3 errors",
    """
    assert type(value).__name__ == 'IntegrityError'
    assert value.sqlite_errorname.startswith('SQLITE_CONSTRAINT')
    """,
)
def _():
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (x unique)")
    connection.execute("insert into t values (1)")
    try:
        connection.execute("insert into t values (1)")
    except sqlite3.IntegrityError as error:
        return error


@kind("mmap of memory", "assert value[:] == b'abc' + bytes(7); value[0] = 1; value.close()")
def _():
    memory = mmap.mmap(-1, 10)
    memory[:3] = b"abc"
    return memory


@kind("stat_result", "assert value.st_size == 14 and value.st_mtime_ns > 0 and value.st_mode")
def _():
    return _path("stat").stat()


@kind(
    "results of os", "import os; a, b, c = value\nassert a.columns == 3 and b.sysname and c.f_bsize"
)
def _():
    return os.terminal_size((3, 4)), os.uname(), os.statvfs("/")


@kind("scandir (refused)", "")
def _():
    return os.scandir("/")


@kind("os.walk (refused)", "")
def _():
    return os.walk("/nothing")


@kind(
    "paths",
    """
    import pathlib
    a, b, c = value
    assert a == pathlib.Path('/x/y')
    assert b.name == 'd'
    assert c.drive == 'c:'
    """,
)
def _():
    return pathlib.Path("/x/y"), pathlib.PurePosixPath("d"), pathlib.PureWindowsPath("c:\\x")


@kind("Path.parents", "import pathlib; assert value[0] == pathlib.Path('/x')")
def _():
    return pathlib.Path("/x/y").parents


@kind("subclass of Path", "assert value.twice() == '/a/a' and type(value).__name__ == 'Twice'")
def _():
    class Twice(type(pathlib.Path())):
        def twice(self):
            return f"{self}{self}"

    return Twice("/a")


@kind("glob generator (refused)", "")
def _():
    return pathlib.Path("/").glob("*")


@kind("fileinput", "assert list(value) == ['two\\n', 'three\\n']")
def _():
    file = fileinput.input([str(_path("fi"))])
    file.readline()
    return file


@kind("dircmp", "assert value.left and value.left_list is not None")
def _():
    return filecmp.dircmp(str(FOLDER), str(FOLDER))


@kind(
    "ConfigParser",
    """
    assert value['a']['b'] == '1'
    assert value.getint('a', 'b') == 1
    assert value['DEFAULT']['x'] == 'y'
    """,
)
def _():
    parser = configparser.ConfigParser({"x": "y"})
    parser.read_string("[a]\nb = 1\n")
    return parser


@kind("section of a ConfigParser", "assert value['b'] == '1' and value.name == 'a'")
def _():
    parser = configparser.ConfigParser()
    parser.read_string("[a]\nb = 1\n")
    return parser["a"]


@kind("RawConfigParser with converters", "assert value.getlist('a', 'b') == ['1', '2']")
def _():
    parser = configparser.ConfigParser(converters={"list": str.split})
    parser.read_string("[a]\nb = 1 2\n")
    return parser


@kind("configparser errors", "assert value.section == 's' and value.option == 'o'")
def _():
    return configparser.NoOptionError("o", "s")


@kind("netrc", "assert value.hosts['h'][0] == 'u'")
def _():
    return netrc.netrc(str(_path("netrc", b"machine h login u password p\n")))


@kind("plistlib.UID", "import plistlib; assert value == plistlib.UID(3)")
def _():
    return plistlib.UID(3)


@kind("mimetypes.MimeTypes", "assert value.guess_type('a.zoo')[0] == 'x/zoo'")
def _():
    types = mimetypes.MimeTypes()
    types.add_type("x/zoo", ".zoo")
    return types


@kind("shlex", "assert list(value) == ['b', 'c d']")
def _():
    lexer = shlex.shlex("a b 'c d'", posix=True)
    next(lexer)
    return lexer


@kind(
    "functions of os and stat",
    "import os, stat, shutil; assert value == [os.getcwd, stat.S_ISDIR, shutil.copy]",
)
def _():
    return [os.getcwd, stat.S_ISDIR, shutil.copy]
