"""SQLite connections cross from threads that did not make them, as pools and engines pickle their tasks."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest

import anypickle


def _elsewhere(call: Callable[[], bytes]) -> bytes:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


@pytest.mark.parametrize("types", [0, sqlite3.PARSE_DECLTYPES, sqlite3.PARSE_COLNAMES])
def test_a_file_crosses_from_another_thread(tmp_path: Path, types: int) -> None:
    path, other = tmp_path / "data.db", tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE t (x)")
    made = sqlite3.connect(path, detect_types=types, timeout=3.5, isolation_level=None)
    with closing(made):
        made.row_factory = sqlite3.Row
        made.execute("ATTACH ? AS more", (str(other),))
        here = anypickle.dumps(made)
        assert _elsewhere(lambda: anypickle.dumps(made)) == here
        with closing(anypickle.loads(here)) as copy:
            copy.execute("CREATE TABLE t (x)")
            assert copy.isolation_level is None
        assert made.execute("SELECT count(*) FROM t").fetchone()[0] == 0


def test_a_database_in_memory_crosses_from_another_thread() -> None:
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE TABLE t AS SELECT 7 AS x")
        made.commit()
        data = _elsewhere(lambda: anypickle.dumps(made))
        with closing(anypickle.loads(data)) as copy:
            assert copy.execute("SELECT x FROM t").fetchall() == [(7,)]


def test_a_closed_one_is_closed_there_too() -> None:
    made = sqlite3.connect(":memory:")
    made.close()
    copy = anypickle.loads(_elsewhere(lambda: anypickle.dumps(made)))
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        copy.execute("SELECT 1")


def _count(connection: sqlite3.Connection) -> int:
    with closing(connection):
        return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="uses forkserver as on Linux")
def test_a_pool_takes_one_as_an_argument(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data.db")) as made:
        made.execute("CREATE TABLE t AS SELECT 1 AS x")
        made.commit()
        with anypickle.installed(), ProcessPoolExecutor(1, get_context("spawn")) as pool:
            assert pool.submit(_count, made).result() == 1
