"""Compressed files, archives and dumb databases: opened again at their first use."""

from __future__ import annotations

import bz2
import dbm.dumb
import gzip
import io
import lzma
import pickle
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

import anypickle
from tests.helpers.crossing import across
from tests.helpers.programs import FreshLoader

COMPRESSORS: list[Any] = [gzip, bz2, lzma]
if sys.version_info >= (3, 14):
    from compression import zstd

    COMPRESSORS.append(zstd)

    def test_a_zstandard_dictionary_crosses(tmp_path: Path) -> None:
        words = zstd.ZstdDict(b"one two three " * 20, is_raw=True)
        with zstd.open(tmp_path / "t", "wb", zstd_dict=words) as file:
            file.write(b"one two three")
        with zstd.open(tmp_path / "t", zstd_dict=words) as file:
            file.read(4)
            arrived, there = anypickle.loads(anypickle.dumps((words, file)))
        assert (arrived.dict_content, arrived.dict_id) == (words.dict_content, 0)
        with there:
            assert there.read() == b"two three"

    def test_half_a_zstandard_stream_is_refused() -> None:
        with pytest.raises(TypeError, match=r"fed so far|cannot pickle"):
            anypickle.dumps(zstd.ZstdCompressor())


@pytest.mark.parametrize("module", COMPRESSORS)
def test_a_compressed_file_is_opened_at_its_first_use(module: Any, tmp_path: Path) -> None:
    path = tmp_path / "t"
    with module.open(path, "wb") as file:
        file.write(b"one\ntwo\nthree\n")
    with module.open(path) as file:
        file.readline()
        data = anypickle.dumps(file)
    with pickle.loads(data) as there:
        assert there.tell() == 4
        with pickle.loads(anypickle.dumps(there)) as passed_on:
            assert passed_on.readline() == b"two\n"
        there.seek(-2, io.SEEK_CUR)
        assert there.read(4) == b"e\ntw"
    path.unlink()
    with pickle.loads(data) as there:
        assert there.tell() == 4
        with pytest.raises(FileNotFoundError):
            there.read()


@pytest.mark.parametrize("module", COMPRESSORS)
@pytest.mark.parametrize("read", [0, 5])
def test_a_compressed_file_goes_on_where_it_was(
    tmp_path: Path, module: Any, read: int, load_elsewhere: FreshLoader
) -> None:
    path = tmp_path / "data"
    with module.open(path, "wb") as file:
        file.write(b"0123456789")
    with module.open(path) as file:
        file.read(read)
        data = anypickle.dumps(file)
        assert file.read() == b"0123456789"[read:]
    assert load_elsewhere(data, "print(value.read().decode())") == "0123456789"[read:] + "\n"
    with pickle.loads(data) as arrived:
        assert arrived.tell() == read
    assert arrived.closed and across(file).closed


def test_compressed_text(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "t", "wt", encoding="utf-8") as file:
        file.write("één\ntwee\n")
    with gzip.open(tmp_path / "t", "rt", encoding="utf-8") as file:
        file.readline()
        with across(file) as arrived:
            assert arrived.read() == "twee\n"


def test_an_archive_that_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("name", "content")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, across(archive) as arrived:
        assert arrived.read("name") == b"content"
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.add(tmp_path / "a.zip", "inner")
    with tarfile.open(tmp_path / "a.tar") as tar, across(tar) as tar_arrived:
        assert tar_arrived.getnames() == ["inner"]


def test_a_dumb_database_is_written_out_before(tmp_path: Path) -> None:
    with dbm.dumb.open(str(tmp_path / "db"), "c") as database:
        database["k"] = b"v"
        arrived = across(database)
        assert arrived["k"] == b"v"
        arrived.close()
