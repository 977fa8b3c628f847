"""The helpers of the tests do catch what they are there to catch."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

from tests.helpers import proc
from tests.helpers.graphs import assert_same_graph
from tests.helpers.leftovers import Snapshot
from tests.helpers.programs import FreshLoader, ProgramRunner


def _answer(connection: object) -> None:
    connection.send(42)  # type: ignore[attr-defined]


def test_each_start_method_runs_a_child(mp: BaseContext) -> None:
    here, there = mp.Pipe()
    with here, there:
        process = mp.Process(target=_answer, args=(there,))
        process.start()
        assert here.recv() == 42
        process.join()


def test_a_script_runs_elsewhere_with_its_arguments(run_script: ProgramRunner) -> None:
    done = run_script(
        """
        import os, sys
        print(sys.argv[1:], os.path.dirname(os.path.abspath(sys.argv[0])) != os.getcwd(), input())
        """,
        "a",
        "b c",
        stdin="hello\n",
    )
    assert done.ok().stdout == "['a', 'b c'] True hello\n"


def test_a_script_that_hangs_is_killed_with_its_children(run_script: ProgramRunner) -> None:
    with pytest.raises(AssertionError, match=r"did not end within \d+ s"):
        run_script(
            """
            import subprocess, sys, time
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
            time.sleep(60)
            """,
            timeout=2,
        )


def test_bytes_are_loaded_in_a_fresh_process(load_elsewhere: FreshLoader) -> None:
    assert load_elsewhere(b"\x80\x04K\x2a.", "print(value)") == "42\n"


def test_a_leftover_process_is_found_and_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.helpers.leftovers._GRACE_SECONDS", 0.1)
    before = Snapshot()
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    assert any(f"process {process.pid}" in found for found in before.leftovers())
    assert process.wait() == -9


def test_leftover_descriptors_threads_and_files_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.helpers.leftovers._GRACE_SECONDS", 0.1)
    before = Snapshot()
    reader, writer = os.pipe()
    name = Path(tempfile.mkdtemp())
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="forgotten")
    thread.start()
    found = "\n".join(before.leftovers())
    stop.set()
    thread.join()
    os.close(reader)
    os.close(writer)
    name.rmdir()
    assert "thread forgotten" in found
    assert f"descriptor {reader} -> pipe" in found
    assert str(name) in found
    assert not before.leftovers()


def test_descendants_include_grandchildren() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert proc.wait_until(lambda: len(proc.descendants(os.getpid())) >= 3, seconds=10)
    process.communicate(b"\n")


def test_graphs_differ_by_type_value_and_sharing() -> None:
    shared: list[int] = [1]
    assert_same_graph(
        [shared, shared, {"a": (1.5, float("nan"))}], [[1]] * 2 + [{"a": (1.5, float("nan"))}]
    )
    with pytest.raises(AssertionError, match="was shared"):
        assert_same_graph([shared, shared], [[1], [1]])
    with pytest.raises(AssertionError, match="now is"):
        assert_same_graph([[1], [1]], [shared, shared])
    with pytest.raises(AssertionError, match=r"obj\[0\]: 1 became 2"):
        assert_same_graph([1], [2])
    with pytest.raises(AssertionError, match="became"):
        assert_same_graph([1], [True])
