"""SQLite connections: files are opened again at their first use, databases in memory arrive with what is in them."""

from __future__ import annotations

import pickle
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import anypickle
from anypickle.policy import PolicyWarning
from tests.helpers.crossing import across
from tests.helpers.programs import FreshLoader


class Upper(str):
    """A text factory's result."""


class Mine(sqlite3.Connection):
    """A connection class of the program's."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (name TEXT, day DATE)")
    connection.execute("INSERT INTO t VALUES ('a', '2020-01-02')")
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def memory() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()


def test_a_file_is_opened_again_with_its_settings(path: Path, load_elsewhere: FreshLoader) -> None:
    connection = sqlite3.connect(
        path, timeout=3, isolation_level="IMMEDIATE", check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.text_factory = bytes
    data = anypickle.dumps(connection)
    arrived = pickle.loads(data)
    assert isinstance(arrived, sqlite3.Connection)
    assert (arrived.isolation_level, arrived.row_factory) == ("IMMEDIATE", sqlite3.Row)
    assert arrived.execute("PRAGMA busy_timeout").fetchone()[0] == 3000
    assert dict(arrived.execute("SELECT name FROM t").fetchone()) == {"name": b"a"}
    thread = threading.Thread(target=arrived.close)
    thread.start()
    thread.join()
    connection.close()
    look = "print(tuple(value.execute('SELECT name FROM t').fetchone()))"
    assert load_elsewhere(data, look) == "(b'a',)\n"


@pytest.mark.filterwarnings("ignore:The default .* converter is deprecated:DeprecationWarning")
@pytest.mark.parametrize("detect", [0, 1, 2, 3])
def test_detected_types_are_kept(path: Path, detect: int) -> None:
    connection = sqlite3.connect(path, detect_types=detect)
    query = "SELECT day, day AS 'other [date]' FROM t"
    arrived = across(connection)
    assert arrived.execute(query).fetchall() == connection.execute(query).fetchall()
    assert not connection.in_transaction
    connection.close()
    arrived.close()


def test_nothing_is_opened_before_the_first_use_and_nothing_is_created(path: Path) -> None:
    connection = sqlite3.connect(path)
    data = anypickle.dumps(connection)
    connection.close()
    path.unlink()
    arrived = pickle.loads(anypickle.dumps(pickle.loads(data)))
    with pytest.raises(sqlite3.OperationalError):
        arrived.execute("SELECT 1")
    assert not path.exists()
    unused = pickle.loads(data)
    unused.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        unused.execute("SELECT 1")


def test_a_database_in_memory_is_copied(memory: sqlite3.Connection) -> None:
    memory.execute("CREATE TABLE t (a)")
    memory.execute("INSERT INTO t VALUES (1)")
    memory.commit()
    copied = across(memory)
    copied.execute("INSERT INTO t VALUES (2)")
    assert copied.execute("SELECT a FROM t").fetchall() == [(1,), (2,)]
    assert memory.execute("SELECT a FROM t").fetchall() == [(1,)]
    copied.close()


def test_an_empty_one_and_a_class_of_the_programs_own() -> None:
    mine = sqlite3.connect(":memory:", factory=Mine)
    arrived = across(mine)
    assert type(arrived) is Mine
    arrived.execute("CREATE TABLE t (a)")
    mine.close()
    arrived.close()


def test_attached_files_are_attached_again(path: Path, memory: sqlite3.Connection) -> None:
    memory.execute("ATTACH ? AS other", (str(path),))
    arrived = across(memory)
    assert arrived.execute("SELECT name FROM other.t").fetchall() == [("a",)]
    arrived.close()


def test_what_does_not_cross_is_warned_of(memory: sqlite3.Connection) -> None:
    memory.create_function("twice", 1, lambda x: 2 * x)
    memory.execute("CREATE TEMP TABLE scratch (a)")
    memory.execute("CREATE TABLE t (a)")
    memory.execute("INSERT INTO t VALUES (1)")
    with pytest.warns(PolicyWarning) as warned:
        arrived = across(memory)
    text = " ".join(str(warning.message) for warning in warned)
    assert "twice" in text and "temporary tables" in text and "open transaction" in text
    arrived.close()


def test_a_closed_one_arrives_closed(memory: sqlite3.Connection) -> None:
    memory.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        across(memory).execute("SELECT 1")


def test_cursors_are_refused_and_rows_arrive(memory: sqlite3.Connection) -> None:
    memory.row_factory = sqlite3.Row
    cursor = memory.execute("""SELECT 1 AS a, 'x' AS "b c" """)
    with pytest.raises(TypeError, match="fetch the rows first"):
        anypickle.dumps(cursor)
    row = cursor.fetchone()
    arrived = across(row)
    assert arrived == row and arrived["b c"] == "x" and type(arrived) is sqlite3.Row
