"""Kinds of objects of the standard library that programs hold on to. Runs in `__main__`; see `zoo.send`."""

import array
import asyncio
import bz2
import concurrent.futures
import csv
import ctypes
import datetime
import decimal
import email.message
import email.policy
import functools
import gzip
import hashlib
import inspect
import io
import ipaddress
import json
import logging
import lzma
import os
import pathlib
import queue
import random
import re
import socket
import sqlite3
import struct
import tempfile
import threading
import urllib.request
import uuid
import xml.etree.ElementTree
import zipfile
import zoneinfo

from tests.interop.zoo import kind

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="zoo-"))


@kind("Lock", "assert value.acquire(timeout=1); value.release()")
def _():
    return threading.Lock()


@kind("held Lock arrives free", "assert value.acquire(timeout=1)")
def _():
    lock = threading.Lock()
    lock.acquire()
    return lock


@kind("RLock", "assert value.acquire(timeout=1) and value.acquire(timeout=1)")
def _():
    return threading.RLock()


@kind("held RLock arrives free", "assert value.acquire(timeout=1)")
def _():
    lock = threading.RLock()
    lock.acquire()
    return lock


@kind("Condition", "\nwith value: value.notify()")
def _():
    return threading.Condition()


@kind("Event", "assert value.is_set()")
def _():
    event = threading.Event()
    event.set()
    return event


@kind("Semaphore", "assert value.acquire(timeout=1) and value.acquire(timeout=1)")
def _():
    return threading.Semaphore(2)


@kind("BoundedSemaphore", "assert value.acquire(timeout=1); value.release()")
def _():
    return threading.BoundedSemaphore(1)


@kind("Barrier", "assert value.wait(1) == 0")
def _():
    return threading.Barrier(1)


@kind("threading.local", "value.x = 1; assert value.x == 1")
def _():
    return threading.local()


@kind("object with a lock in it", "v = value\nwith v.lock: v.add(2)\nassert v.total == 3")
def _():
    return Account(1)


class Account:
    def __init__(self, total):
        self.lock = threading.RLock()
        self.total = total

    def add(self, n):
        with self.lock:
            self.total += n


@kind("class with a lock as attribute", "assert value.lock.acquire(timeout=1) and value.n == 1")
def _():
    class Locked:
        lock = threading.Lock()
        n = 1

    return Locked


@kind("closure over a lock", "assert value() == 1")
def _():
    lock = threading.Lock()

    def f():
        with lock:
            return 1

    return f


@kind("function with a global lock", "assert value() == 1")
def _():
    return guarded


LOCK = threading.Lock()


def guarded():
    with LOCK:
        return 1


@kind("instance with a cached property", "assert value.x == 5")
def _():
    class Lazy:
        @functools.cached_property
        def x(self):
            return 5

    return Lazy()


@kind(
    "thread that has not started",
    "value.start(); value.join(5); assert not value.is_alive() and seen == [1]",
)
def _():
    import builtins

    builtins.seen = []
    return threading.Thread(target=exec, args=("import builtins; builtins.seen = [1]",))


@kind("Timer that has not started", "assert value.interval == 5 and not value.is_alive()")
def _():
    return threading.Timer(5, print)


@kind(
    "queue.Queue",
    "assert value.get(timeout=1) == 1 and value.get(timeout=1) == 2 and value.maxsize == 5; value.put(3)",
)
def _():
    made = queue.Queue(5)
    made.put(1)
    made.put(2)
    return made


@kind(
    "LifoQueue and PriorityQueue",
    "l, p = value; assert l.get(timeout=1) == 2 and p.get(timeout=1) == 1",
)
def _():
    lifo, priority = queue.LifoQueue(), queue.PriorityQueue()
    for item in (1, 2):
        lifo.put(item)
        priority.put(3 - item)
    return lifo, priority


@kind(
    "SimpleQueue",
    "assert value.get(timeout=1) == 1; value.put(2); assert value.get(timeout=1) == 2",
)
def _():
    made = queue.SimpleQueue()
    made.put(1)
    return made


@kind("finished Future", "assert value.result(timeout=1) == 5 and value.done()")
def _():
    future = concurrent.futures.Future()
    future.set_result(5)
    return future


@kind("failed Future", "assert isinstance(value.exception(timeout=1), ValueError)")
def _():
    future = concurrent.futures.Future()
    future.set_exception(ValueError("a"))
    return future


@kind("ThreadPoolExecutor", "assert value.submit(len, 'ab').result(5) == 2; value.shutdown()")
def _():
    return concurrent.futures.ThreadPoolExecutor(2)


@kind(
    "asyncio primitives",
    """
    import asyncio
    lock, event, queue, semaphore = value
    async def use():
        async with lock, semaphore:
            return event.is_set()
    assert asyncio.run(use()) is True
""",
)
def _():
    event = asyncio.Event()
    event.set()
    return asyncio.Lock(), event, asyncio.Queue(), asyncio.Semaphore(2)


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


@kind("logger", "assert value.name == 'a.b'")
def _():
    return logging.getLogger("a.b")


@kind(
    "logging handler",
    "import logging; assert isinstance(value, logging.StreamHandler) and value.level == 30; value.acquire()",
)
def _():
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    return handler


@kind(
    "logging formatter and filter", "f, g = value; assert f._fmt == '%(message)s' and g.name == 'a'"
)
def _():
    return logging.Formatter("%(message)s"), logging.Filter("a")


@kind(
    "regular expression and match",
    "p, m = value; assert p.sub('', 'a1') == 'a' and m.group() == '1' and m.start() == 1",
)
def _():
    pattern = re.compile(r"\d+")
    return pattern, pattern.search("a1")


@kind("struct.Struct", "assert value.unpack(b'\\x01\\x00') == (1,)")
def _():
    return struct.Struct("<H")


@kind(
    "datetime and zoneinfo",
    "assert value.tzinfo.key == 'Europe/Berlin' and value.utcoffset().seconds == 7200",
)
def _():
    return datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))


@kind(
    "Decimal, context, Fraction",
    "d, c, f = value; assert d * 2 == 3 and c.prec == 5 and f + f == 1",
)
def _():
    import fractions

    return decimal.Decimal("1.5"), decimal.Context(prec=5), fractions.Fraction(1, 2)


@kind(
    "UUID, IP address, Path",
    "u, i, p = value; assert u.int == 5 and str(i) == '10.0.0.1' and p.name == 'b'",
)
def _():
    return uuid.UUID(int=5), ipaddress.ip_address("10.0.0.1"), pathlib.Path("a/b")


@kind("random.Random in mid-stream", "assert value.random() == 0.5714025946899135")
def _():
    return random.Random(10)


@kind("XML element", "assert value.find('b').text == 't'")
def _():
    return xml.etree.ElementTree.fromstring("<a><b>t</b></a>")


@kind("email message", "assert value['Subject'] == 'hi' and value.get_content().strip() == 'text'")
def _():
    message = email.message.EmailMessage(policy=email.policy.default)
    message["Subject"] = "hi"
    message.set_content("text")
    return message


@kind(
    "json encoder and decoder",
    "e, d = value; assert e.encode({'a': 1}) == '{\"a\":1}' and d.decode('[1]') == [1]",
)
def _():
    return json.JSONEncoder(separators=(",", ":")), json.JSONDecoder()


@kind(
    "csv writer on a StringIO",
    "f, w = value; w.writerow([3, 4]); assert f.getvalue().split() == ['1,2', '3,4']",
)
def _():
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([1, 2])
    return file, writer


@kind("csv dialect", "assert value().delimiter == ';'")
def _():
    class Semicolons(csv.excel):
        delimiter = ";"

    return Semicolons


@kind("inspect.Signature", "assert str(value) == '(a, b=1)'")
def _():
    return inspect.signature(lambda a, b=1: 0)


@kind(
    "exception with notes and keyword-only arguments",
    """
    assert value.code == 5 and value.args == ('a',) and value.__notes__ == ['n']
""",
)
def _():
    try:
        raise Coded("a", code=5)
    except Coded as error:
        error.add_note("n")
        return error


class Coded(Exception):
    def __init__(self, text, *, code):
        super().__init__(text)
        self.code = code


@kind(
    "exception group",
    "assert [type(e).__name__ for e in value.exceptions] == ['ValueError', 'KeyError']",
)
def _():
    return ExceptionGroup("g", [ValueError("a"), KeyError("b")])


@kind("array", "assert value.tolist() == [1, 2]")
def _():
    return array.array("d", [1, 2])


@kind("ctypes values", "i, a = value; assert i.value == 5 and list(a) == [1, 2]")
def _():
    return ctypes.c_int(5), (ctypes.c_int * 2)(1, 2)


@kind("ctypes pointer (refused)", "")
def _():
    return ctypes.pointer(ctypes.c_int(5))


@kind("urllib opener", "assert value.addheaders == [('User-agent', 'zoo')]")
def _():
    opener = urllib.request.build_opener()
    opener.addheaders = [("User-agent", "zoo")]
    return opener


@kind("socket (refused)", "")
def _():
    made = socket.socket()
    keep.append(made)
    return made


@kind("hash in mid-stream (refused)", "")
def _():
    return hashlib.sha256(b"a")


@kind("os.environ", "assert type(value).__name__ == '_Environ' and value['PATH']")
def _():
    return os.environ


@kind("os.DirEntry", "assert value.name == 't.txt' and value.is_file()")
def _():
    return next(entry for entry in os.scandir(FOLDER) if entry.name == "t.txt")


@kind("getLogger in a closure", "assert value() == 'zoo'")
def _():
    log = logging.getLogger("zoo")
    return lambda: log.name


@kind("lambda in an instance in a dict", "assert value['job'].run(2) == 4")
def _():
    return {"job": Job(lambda x: 2 * x)}


class Job:
    def __init__(self, function):
        self.function = function

    def run(self, x):
        return self.function(x)
