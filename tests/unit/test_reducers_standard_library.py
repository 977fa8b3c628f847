"""Objects of the standard library arrive in a fresh process as their recipes state it, or are refused."""

from __future__ import annotations

import asyncio
import bz2
import codecs
import concurrent.futures
import contextlib
import copy
import csv
import ctypes
import gc
import gzip
import http.client
import io
import itertools
import json
import lzma
import mmap
import multiprocessing
import multiprocessing.reduction
import os
import pickle
import random
import re
import selectors
import socket
import ssl
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import types
import urllib.request
import wave
import xmlrpc.client
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import anypickle
from anypickle.policy import PolicyWarning
from tests.helpers.crossing import across
from tests.helpers.programs import FreshLoader, ProgramRunner


def _reader_in_the_middle() -> Any:
    reader = csv.reader(["a;b", "c;d", "'e\n", "f';g"], delimiter=";", quotechar="'")
    next(reader)
    return reader


def _done(result: Any = None, error: Exception | None = None) -> concurrent.futures.Future[Any]:
    future: concurrent.futures.Future[Any] = concurrent.futures.Future()
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
    return future


def _match(way: str) -> Any:
    return getattr(re.compile(r"(?P<l>[a-z])(\d)?"), way)("-a1b", 1)


def _pairs_begun() -> Any:
    pairs = itertools.pairwise([1, 2, 3, 4])
    next(pairs)
    return pairs


def _codec_reader() -> Any:
    reader = codecs.getreader("utf-8")(io.BytesIO("éa\nb\n".encode()))
    reader.readline()
    return reader


ARRIVING: dict[str, tuple[Callable[[], Any], str, str]] = {
    "a format of struct": (
        lambda: struct.Struct("<ih"),
        "value.format, value.size, value.unpack(b'\\1\\0\\0\\0\\2\\0')",
        "('<ih', 6, (1, 2))",
    ),
    "a dialect": (lambda: csv.reader([], delimiter=";").dialect, "value.delimiter", ";"),
    "a reader of rows in the middle": (
        _reader_in_the_middle,
        "value.line_num, list(value), value.line_num",
        "(1, [['c', 'd'], ['e\\nf', 'g']], 4)",
    ),
    "a writer of rows": (
        lambda: (buffer := io.StringIO(), csv.writer(buffer, delimiter=";")),
        "value[1].writerow([1, 2]), value[0].getvalue()",
        "(5, '1;2\\r\\n')",
    ),
    "a reader of dicts": (lambda: csv.DictReader(["a,b", "1,2"]), "next(value)", "{'a': '1', 'b': '2'}"),
    "a decoder of JSON": (
        lambda: json.JSONDecoder(parse_int=float, strict=False),
        "value.decode('[1, 2.5]'), value.strict",
        "([1.0, 2.5], False)",
    ),
    "the scanner of a decoder": (
        lambda: json.JSONDecoder(object_pairs_hook=list).scan_once,
        "value('{\"a\": 1}', 0)",
        "([('a', 1)], 8)",
    ),
    "a match from search": (
        lambda: _match("search"),
        "value.groupdict(), value.span(), value.pos",
        "({'l': 'a'}, (1, 3), 1)",
    ),
    "a match from match": (lambda: _match("match"), "value.groups(), value.string", "(('a', '1'), '-a1b')"),
    "a later match": (
        lambda: list(re.finditer("(a)|b", "xab"))[1],
        "value.span(), value.groups(), value.pos",
        "((2, 3), (None,), 0)",
    ),
    "pairs": (lambda: itertools.pairwise([1, 2, 3]), "list(value)", "[(1, 2), (2, 3)]"),
    "pairs that have begun": (_pairs_begun, "list(value)", "[(2, 3), (3, 4)]"),
    "the system's randomness": (random.SystemRandom, "0 <= value.random() < 1 <= value.randint(1, 2)", "True"),
    "a future with a result": (lambda: _done([1]), "value.done(), value.result(0)", "(True, [1])"),
    "a future with an error": (lambda: _done(error=KeyError("k")), "repr(value.exception(0))", "KeyError('k')"),
    "a pool of threads": (
        lambda: concurrent.futures.ThreadPoolExecutor(3, "name", initializer=len, initargs=("a",)),
        "value._max_workers, value.submit(pow, 2, 3).result(9), value.shutdown()",
        "(3, 8, None)",
    ),
    "a codec": (lambda: codecs.lookup("latin-1"), "value.encode('é')", "(b'\\xe9', 1)"),
    "a reader of a codec": (_codec_reader, "value.read()", "b\n"),
    "an idle HTTP connection": (
        lambda: http.client.HTTPConnection("localhost", 1234),
        "value.host, value.port, value.sock, value.timeout is __import__('socket')._GLOBAL_DEFAULT_TIMEOUT",
        "('localhost', 1234, None, True)",
    ),
    "an HTTPS connection": (
        lambda: http.client.HTTPSConnection("localhost", timeout=3),
        "value.timeout, value._context.check_hostname",
        "(3, True)",
    ),
    "an opener": (
        lambda: urllib.request.build_opener(urllib.request.ProxyHandler({"http": "p"})),
        "type(value).__name__, any(getattr(h, 'proxies', None) == {'http': 'p'} for h in value.handlers)",
        "('OpenerDirector', True)",
    ),
    "a proxy of XML-RPC": (
        lambda: xmlrpc.client.ServerProxy("http://localhost:1/x", allow_none=True),
        "repr(value)",
        "<ServerProxy for localhost:1/x>",
    ),
    "a shared library": (
        lambda: _with_types(ctypes.CDLL(None)),
        "value.strlen(b'abc'), value.atof(b'2.5')",
        "(3, 2.5)",
    ),
    "a finished child": (
        lambda: _finished([sys.executable, "-c", "raise SystemExit(3)"]),
        "value.returncode, value.poll(), value.args[1]",
        "(3, 3, '-c')",
    ),
}  # fmt: skip


def _with_types(library: Any) -> Any:
    library.strlen.argtypes = [ctypes.c_char_p]
    library.atof.restype = ctypes.c_double
    return library


def _finished(command: list[str]) -> Any:
    process = subprocess.Popen(command)
    process.wait()
    return process


@pytest.mark.parametrize("kind", ARRIVING)
def test_it_arrives_in_a_fresh_process(kind: str, load_elsewhere: FreshLoader) -> None:
    make, look, expected = ARRIVING[kind]
    assert load_elsewhere(anypickle.dumps(make()), f"print(({look}), end='')") == expected


# --- refused ----------------------------------------------------------------------------------------------------


def test_a_future_that_is_not_done_is_refused() -> None:
    with pytest.raises(TypeError, match="it is not done") as caught:
        anypickle.dumps(concurrent.futures.Future())
    assert "future.result()" in "".join(caught.value.__notes__)


def test_a_running_child_is_refused() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        with pytest.raises(TypeError, match="only its parent can wait for it"):
            anypickle.dumps(process)
        process.communicate(b"\n")


def test_loops_tasks_and_futures_of_asyncio_are_refused() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        for obj in (loop, loop.create_future(), asyncio.current_task()):
            with pytest.raises(TypeError, match=r"belongs to"):
                anypickle.dumps([obj])

    asyncio.run(main())


def test_who_writes_an_archive_keeps_it(tmp_path: Path) -> None:
    for number, opens in enumerate((gzip.open, bz2.open, lzma.open, zipfile.ZipFile, tarfile.open)):
        mode = "w" if number > 2 else "wb"
        with (
            opens(tmp_path / str(number), mode) as writer,  # type: ignore[operator]
            pytest.raises(TypeError, match="it is being written"),
        ):
            anypickle.dumps({"writer": writer})
    with wave.open(str(tmp_path / "f"), "wb") as sound:
        sound.setparams((1, 1, 8000, 0, "NONE", ""))
        with pytest.raises(TypeError, match="it is being written"):
            anypickle.dumps(sound)


def test_a_context_for_servers_is_refused() -> None:
    with pytest.raises(TypeError, match="private key"):
        anypickle.dumps(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH))


# --- executors, TLS, system --------------------------------------------------------------------------------------


def test_an_executor_leaves_its_work_here() -> None:
    over = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        for _ in range(2):
            executor.submit(over.wait)
        with pytest.warns(PolicyWarning, match="stays here"):
            arrived = across(executor)
        over.set()
    with arrived:
        assert arrived.submit(pow, 2, 2).result(5) == 4


def test_a_process_pool_keeps_its_settings() -> None:
    with concurrent.futures.ProcessPoolExecutor(3) as executor:
        arrived = across(executor)
        assert arrived._max_workers == 3 and not arrived._processes
        assert type(arrived._mp_context) is type(executor._mp_context)
        arrived.shutdown()


def test_a_context_for_clients_offers_and_trusts_the_same() -> None:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["h2", "http/1.1"])
    arrived = across(context)
    from anypickle.reducers._client_hello import offered_protocols

    assert offered_protocols(arrived) == ["h2", "http/1.1"]
    assert offered_protocols(across(ssl.create_default_context())) == []
    for name in ("options", "minimum_version", "verify_mode", "check_hostname", "verify_flags"):
        assert getattr(arrived, name) == getattr(context, name), name
    assert arrived.get_ca_certs() == context.get_ca_certs()
    assert arrived.get_ciphers() == context.get_ciphers()


def test_an_entry_of_a_directory_is_looked_up_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("12345")
    with os.scandir(tmp_path) as entries:
        entry = next(entries)
    data = anypickle.dumps(entry)
    arrived = pickle.loads(data)
    assert arrived.path == entry.path and arrived.is_file() and arrived.stat().st_size == 5
    (tmp_path / "file").unlink()
    with pytest.raises(FileNotFoundError, match="no such entry"):
        pickle.loads(data)


def test_a_mapped_file_is_mapped_again(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(bytes(mmap.PAGESIZE) + b"0123456789")
    with path.open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 8, offset=mmap.PAGESIZE)
        private = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        reading = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    private[:2] = b"ab"
    mapped.seek(3)
    data = anypickle.dumps(mapped)
    assert b"01234567" not in data
    with mapped, pickle.loads(data) as arrived:
        assert len(arrived) == 8 and arrived.read(3) == b"345"
        arrived[0] = ord("X")
        assert mapped[0] == ord("X")
    with reading, across(reading) as arrived:
        assert arrived[-10:] == b"X123456789"
        with pytest.raises(TypeError):
            arrived[0] = 1
    with private, across(private) as arrived:
        assert arrived[:2] == b"ab"
    path.unlink()
    with pytest.raises(FileNotFoundError):
        pickle.loads(data)


def test_mapped_memory_without_a_file_is_copied() -> None:
    with mmap.mmap(-1, 4) as mapped:
        mapped.write(b"abcd")
        with across(mapped) as copied:
            assert copied[:] == b"abcd" and copied.tell() == 4
        with anypickle.installed(), pytest.warns(PolicyWarning, match="as a copy"):
            multiprocessing.reduction.ForkingPickler.dumps([mapped])


def test_the_environment_is_that_of_the_process_where_it_arrives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "of-this-process")
    stream = anypickle.dumps([os.environ, os.environb, os.environ.get])
    assert b"of-this-process" not in stream
    text, raw, get = pickle.loads(stream)
    assert text is os.environ and raw is os.environb
    assert get("SOME_API_KEY") == "of-this-process"
    with anypickle.installed():
        assert copy.deepcopy(os.environ) == os.environ


def test_what_is_only_a_number_of_this_process_is_refused() -> None:
    ends = multiprocessing.Pipe()
    array = multiprocessing.RawArray("i", 3)
    for obj in (ends[0], array, [array]):
        with pytest.raises(TypeError, match="arguments"):
            anypickle.dumps(obj)
    for end in ends:
        end.close()


def test_small_things(tmp_path: Path) -> None:
    for nan in (True, False):
        made = json.JSONEncoder(allow_nan=nan, sort_keys=True, separators=("; ", "="))
        args: Any = ({}, str, json.encoder.encode_basestring_ascii, None, "=", "; ", True, False)
        encoder = across(json.encoder.c_make_encoder(*args, nan))  # type: ignore[attr-defined]
        assert "".join(encoder({"b": [1, 2], "a": None}, 0)) == made.encode(
            {"a": None, "b": [1, 2]}
        )
        with contextlib.nullcontext() if nan else pytest.raises(ValueError):
            encoder(float("inf"), 0)
    with tempfile.TemporaryDirectory(dir=tmp_path) as name:
        directory = tempfile.TemporaryDirectory(dir=name)
        arrived = across(directory)
        assert arrived.name == directory.name
        del arrived
        gc.collect()
        assert Path(directory.name).is_dir()
        directory.cleanup()
    with selectors.DefaultSelector() as selector, across(selector) as fresh:
        assert fresh.select(0) == []
        ends = socket.socketpair()
        selector.register(ends[0], selectors.EVENT_READ)
        with pytest.raises(TypeError, match="watches descriptors"):
            anypickle.dumps(selector)
        for end in ends:
            end.close()
    for flags in ({}, {"use_errno": True}):
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_long, **flags)
        assert across(kind)(abs)(-3) == 3
    assert across(ctypes.CFUNCTYPE(None)) is ctypes.CFUNCTYPE(None)


def test_a_module_that_its_package_makes_is_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_script: ProgramRunner
) -> None:
    (tmp_path / "onefile.py").write_text(
        "import sys, types\nother = types.ModuleType('onefile.part')\nsys.modules['onefile.part'] = other\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import onefile  # type: ignore[import-not-found]

    added = sys.modules["onefile.added"] = types.ModuleType("onefile.added")
    added.__dict__["answer"] = 42
    try:
        both = anypickle.dumps([onefile.other, added])
        assert pickle.loads(both) == [onefile.other, added]
    finally:
        for name in ("onefile", "onefile.part", "onefile.added"):
            del sys.modules[name]
    look = """
    import pickle, sys
    brought, added = pickle.loads(bytes.fromhex(sys.argv[1]))
    assert brought is sys.modules["onefile"].other
    assert added.answer == 42 and "onefile.added" not in sys.modules
    """
    run_script(look, both.hex(), env={"PYTHONPATH": str(tmp_path)}).ok()
