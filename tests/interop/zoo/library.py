"""Kinds of objects of the standard library that programs hold on to. Runs in `__main__`; see `zoo.send`."""

import array
import csv
import ctypes
import datetime
import decimal
import email.message
import email.policy
import functools
import hashlib
import inspect
import io
import ipaddress
import json
import logging
import os
import pathlib
import random
import re
import socket
import struct
import threading
import urllib.request
import uuid
import xml.etree.ElementTree
import zoneinfo

from tests.interop.zoo import kind


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


keep = []


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
