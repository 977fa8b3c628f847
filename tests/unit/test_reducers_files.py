"""Files are opened again where they were, when they are first used, and nothing is truncated."""

from __future__ import annotations

import io
import os
import pickle
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import anypickle
from anypickle.crossing import crossing
from anypickle.policy import Policy, PolicyWarning, Scope
from tests.helpers.crossing import across
from tests.helpers.programs import FreshLoader

TEXT = "erste Zeile\nzweite Ümläut-Zeile\nthird\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file.txt"
    path.write_text(TEXT, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("newline", [None, "", "\n", "\r\n"])
def test_a_text_file_goes_on_where_it_was(
    path: Path, encoding: str, newline: str | None, load_elsewhere: FreshLoader
) -> None:
    path.write_text(TEXT.replace("\n", "\r\n"), encoding=encoding, newline="")
    with path.open(encoding=encoding, newline=newline, errors="replace") as file:
        file.readline()
        data = anypickle.dumps(file)
        rest = file.read()
    with pickle.loads(data) as arrived:
        assert type(arrived) is io.TextIOWrapper
        assert (arrived.mode, arrived.encoding, arrived.errors) == ("r", encoding, "replace")
        assert arrived.read() == rest
    if newline is None:
        assert load_elsewhere(data, "print(ascii(value.read()))") == ascii(rest) + "\n"


def test_line_buffering_and_write_through_are_kept(path: Path) -> None:
    with path.open("a", buffering=1) as file, across(file) as arrived:
        assert arrived.line_buffering
        arrived.write("line\n")
        assert path.read_text().endswith("line\n")


@pytest.mark.parametrize("mode", ["wb", "w+b", "r+b", "ab", "xb", "rb"])
@pytest.mark.parametrize("buffering", [-1, 0, 64])
def test_no_mode_truncates_and_the_position_is_kept(
    tmp_path: Path, mode: str, buffering: int
) -> None:
    path = tmp_path / "data"
    if mode[0] in "ra":
        path.write_bytes(b"0123456789")
    with path.open(mode, buffering=buffering) as file:
        file.write(b"abcde") if mode != "rb" else file.read(5)
        arrived = across(file)
        assert arrived.tell() == file.tell()
        assert type(arrived) is type(file) or isinstance(arrived, io.FileIO)
        before = path.read_bytes()
        if mode != "rb":
            arrived.write(b"xyz")
            arrived.flush()
            assert len(path.read_bytes()) >= len(before)
            assert before[:5] in path.read_bytes()
        arrived.close()


def test_several_writers_of_one_log_do_not_write_over_each_other(path: Path) -> None:
    with path.open("w") as file:
        file.write("head\n")
        data = anypickle.dumps(file)
        with pickle.loads(data) as one, pickle.loads(data) as other:
            one.write("one\n")
            one.flush()
            other.write("other\n")
    assert path.read_text() == "head\none\nother\n"


def test_a_writer_that_seeks_writes_where_it_went(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"????data")
        with across(file) as arrived:
            arrived.seek(0)
            arrived.write(b"head")
    assert path.read_bytes() == b"headdata"


def test_nothing_is_opened_before_the_first_use(path: Path) -> None:
    with path.open("r+", encoding="utf-8") as file:
        file.readline()
        data = anypickle.dumps(file)
    path.unlink()
    arrived = pickle.loads(data)
    again = pickle.loads(anypickle.dumps(arrived))
    assert again.tell() == len("erste Zeile\n") and again.writable() and not again.closed
    assert not path.exists()
    with pytest.raises(FileNotFoundError):
        again.read()


@pytest.mark.parametrize("mode", ["r", "w", "rb", "ab"])
def test_a_closed_file_arrives_closed(path: Path, mode: str) -> None:
    with path.open(mode) as file:
        pass
    arrived = across(file)
    assert arrived.closed and type(arrived) is type(file)
    with pytest.raises(ValueError):
        arrived.read()


def test_a_file_and_its_buffer_stay_together(path: Path) -> None:
    with path.open() as file:
        text, buffer = across((file, file.buffer))
        assert text.buffer is buffer
        text.close()


def test_the_standard_streams_are_those_of_the_other_side(load_elsewhere: FreshLoader) -> None:
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__, sys.__stdout__.buffer)  # type: ignore[union-attr]
    look = (
        "print(value == (sys.__stdin__, sys.__stdout__, sys.__stderr__, sys.__stdout__.buffer))\n"
        "print('to it', file=value[1])"
    )
    assert load_elsewhere(anypickle.dumps(streams), look) == "True\nto it\n"


@pytest.fixture
def nameless() -> Iterator[Any]:
    with tempfile.TemporaryFile() as file:
        file.write(b"kept")
        yield file


def test_a_nameless_file_is_refused_with_what_to_do(nameless: Any) -> None:
    with pytest.raises(TypeError, match="has no name any more") as caught:
        anypickle.dumps(nameless)
    assert "use a file with a name" in "".join(caught.value.__notes__)


def test_a_nameless_file_is_opened_by_tasks_and_copied_on_demand(nameless: Any) -> None:
    with across(nameless, channel="task") as arrived:
        arrived.seek(0)
        assert arrived.read() == b"kept"
        assert os.path.samestat(os.fstat(arrived.fileno()), os.fstat(nameless.fileno()))
    with across(nameless, policies={io.FileIO: Policy.COPY}) as copied:
        assert copied.tell() == 4
        copied.write(b" apart")
        copied.seek(0)
        assert copied.read() == b"kept apart"
    nameless.seek(0)
    assert nameless.read() == b"kept"


def test_only_the_original_deletes_a_named_temporary_file() -> None:
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write("text")
        with across(file) as arrived:
            assert arrived.name == file.name
            arrived.seek(0)
            assert arrived.read() == "text"
        assert Path(file.name).exists()


def test_a_file_opened_by_number_or_moved_is_found(path: Path) -> None:
    with os.fdopen(os.open(path, os.O_RDONLY), "rb") as file:
        moved = path.rename(path.with_name("moved.txt"))
        with across(file) as arrived:
            assert arrived.read() == moved.read_bytes()


def test_a_pipe_is_refused() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as reader, os.fdopen(write, "wb") as writer:
        for end in (reader, writer):
            with pytest.raises(TypeError, match="it is a pipe"):
                anypickle.dumps(end)


def test_a_loop_over_the_lines_refuses_because_nobody_knows_where_it_is(path: Path) -> None:
    with path.open() as file:
        next(file)
        with pytest.raises(TypeError, match="while a loop goes over its lines"):
            anypickle.dumps(file)


def test_text_over_bytes_in_memory_crosses() -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    file.write("in memory")
    arrived = across(file)
    assert arrived.buffer.getvalue() == b"in memory"


def test_to_other_machines_it_warns(path: Path) -> None:
    with (
        path.open() as file,
        crossing("task", reach=Scope.CLUSTER),
        pytest.warns(PolicyWarning, match="goes to other machines"),
    ):
        anypickle.dumps(file)
