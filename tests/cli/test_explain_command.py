"""`anypickle explain`: what it is given, what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

import anypickle

SCRIPT = """
import threading
stuck = (i for i in "ab")
class Settings:
    def __init__(self):
        self.near = stuck
        self.layers = [{"deep": (i for i in "ab")}]
        self.api_key = "sk-very-secret"
        self.lock = threading.Lock()
settings = Settings()
fine = {"a": 1}
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "settings_script.py"
    path.write_text(SCRIPT)
    return path


def explain(*args: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "anypickle", "explain", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_exit_codes(script: Path) -> None:
    assert explain(f"{script}::fine").returncode == 0
    assert explain(f"{script}::settings").returncode == 1
    for wrong in (f"{script}::nothing", "no_such.py::x", "no_such.pkl", "json:nothing"):
        done = explain(wrong)
        assert done.returncode == 2 and done.stderr.startswith("anypickle explain: "), wrong
    assert explain(f"{script}::fine", "--channel", "teleport").returncode == 2
    assert explain(f"{script}::fine", "--max-depth", "0").returncode == 2


def test_what_lies_deep_can_be_left_out_and_still_counts(script: Path) -> None:
    done = explain(f"{script}::settings", "--max-depth", "1")
    assert "obj.near" in done.stdout and "['deep']" not in done.stdout
    assert "can't cross: 2 blockers" in done.stdout
    assert done.returncode == 1


def test_values_are_shown_when_asked_for_but_no_secret(script: Path) -> None:
    plain, values = explain(f"{script}::settings"), explain(f"{script}::settings", "--values")
    assert "It is <generator" not in plain.stdout
    assert "It is <generator" in " ".join(values.stdout.split())
    assert "sk-very" not in plain.stdout + values.stdout
    assert "obj.api_key" in values.stdout


def test_output_follows_its_reader(script: Path) -> None:
    piped = explain(f"{script}::settings", COLUMNS="60")
    assert "\x1b" not in piped.stdout + piped.stderr
    for line in piped.stdout.splitlines()[1:]:
        assert len(line) <= 60 or " " not in line.strip(), line
    data = json.loads(explain(f"{script}::settings", "--json").stdout)
    assert {finding["path"] for finding in data["findings"]} >= {"obj.near", "obj.lock"}


def on_terminal(*args: object, **environment: str) -> str:
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "anypickle", "explain", *map(str, args)],
        stdout=terminal,
        stderr=terminal,
        stdin=terminal,
        env={**os.environ, "TERM": "xterm-256color", **environment},
    )
    os.close(terminal)
    written = b""
    try:
        while chunk := os.read(main, 65536):
            written += chunk
    except OSError:
        pass  # the other end is closed
    finally:
        os.close(main)
        process.wait(60)
    return written.decode()


def test_colour_on_a_terminal_unless_it_is_not_wanted(script: Path) -> None:
    pytest.importorskip("rich", reason="rich is not installed")
    coloured = on_terminal(f"{script}::settings")
    assert re.search(r"\x1b\[[\d;]*31m", coloured), "a blocker is red"
    plain = on_terminal(f"{script}::settings", NO_COLOR="1")
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured).split() == plain.split()


def test_a_long_walk_says_how_far_it_is() -> None:
    told: list[int | None] = []
    graph = [[i] for i in range(200_000)]
    assert anypickle.explain(graph, progress=told.append).ok
    assert told[-1] is None
    assert [count for count in told if count] == sorted(65536 * i for i in range(1, len(told)))


def test_progress_is_for_terminals() -> None:
    program = """
from anypickle.commands import _progress
show = _progress.shown()
print("shown" if show else "not shown")
if show:
    _progress._EVERY_SECONDS = 0
    import time
    time.sleep(1.1)
    show(65536)
    show(None)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("not shown\n", "")


def test_a_pipe_that_is_closed_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("x = [(i for i in ()) for _ in range(5000)]")
    command = f"{sys.executable} -m anypickle explain script.py::x | head -1"
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert "can't cross: 5000 blockers" in done.stdout and done.stderr == ""
