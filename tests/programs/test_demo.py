"""`anypickle demo`: the four programs of this project, plainly and under `anypickle run`."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.programs import Finished, run

Demo = Callable[..., Finished]


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    """Run `anypickle demo` with these arguments."""

    def demo(*args: str, timeout: float = 60, env: dict[str, str] | None = None) -> Finished:
        command = [sys.executable, "-m", "anypickle", "demo", *args]
        return run(command, cwd=tmp_path, output=tmp_path, timeout=timeout, env=env)

    return demo


def died_and_runs(finished: Finished) -> dict[str, Any]:
    """The report of one program, after checking that it died and now runs."""
    report = json.loads(finished.ok().stdout)
    (program,) = report["programs"]
    assert report["fine"] and program["fine"]
    assert all(ended["status"] != "ran" for ended in program["today"])
    assert all(
        ended["result"] == program["one process"]["result"] for ended in program["anypickle run"]
    )
    return program


def test_b_hangs_or_dies_today_and_runs_under_each_start_method(demo):
    program = died_and_runs(demo("--json", "--only", "B"))
    assert [ended["status"] for ended in program["today"]] == ["hung", "died", "died"]
    assert program["one process"]["result"]["readings sent"] == 400


def test_c_dies_of_its_lock_today_and_runs(demo):
    program = died_and_runs(demo("--json", "--only", "c"))
    assert program["today"][0]["message"] == "TypeError: cannot pickle '_thread.RLock' object"


@pytest.mark.slow
@pytest.mark.timeout(620)
@pytest.mark.parametrize(
    ("letter", "message"),
    [
        ("A", "No module named 'tensorflow.keras.wrappers.scikit_learn'"),
        ("D", "must have the same shape"),
    ],
)
def test_a_and_d_die_today_and_run_in_four_processes(demo, letter, message):
    for name in ("tensorflow", "keras", "sklearn"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    program = died_and_runs(demo("--json", "--only", letter, timeout=600))
    assert message in program["today"][0]["message"]


@pytest.mark.parametrize("width", ["60", "120"])
def test_the_table_is_plain_text_without_a_terminal(demo, width):
    said = demo("--only", "C", env={"NO_COLOR": "1", "COLUMNS": width}).ok().stdout
    assert "\x1b" not in said
    assert "C  a model with a lock" in said and "8.14" in said
    assert max(map(len, said.splitlines())) <= int(width)


def test_without_keras_it_says_what_is_left_out_and_how_to_get_it(demo, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, importlib.machinery as m\n"
        "find = m.PathFinder.find_spec\n"
        "m.PathFinder.find_spec = lambda name, *a: None if name == 'keras' else find(name, *a)\n"
    )
    finished = demo("--only", "C,D", env={"PYTHONPATH": str(tmp_path)})
    said = finished.ok().stdout
    assert "left out: D" in said
    assert "pip install" in said.splitlines()[-1] and "keras" in said.splitlines()[-1]


def test_an_unknown_program_is_a_usage_error(demo):
    finished = demo("--only", "Z")
    assert finished.returncode == 2
    assert "no program Z; there are A, B, C, D" in finished.stderr
