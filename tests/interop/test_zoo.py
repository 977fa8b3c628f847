"""Every kind in the zoo arrives right in a process that shares nothing with the sender, or is refused on purpose."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.helpers.patience import PATIENCE
from tests.interop.zoo import FILES

MADE_TWICE = {"ctypes types"}
"""ctypes looks whether it has made an array or pointer type, and then makes it: two threads that ask may get two."""

ROOT = Path(__file__).parents[2]
ZOO = Path(__file__).parent / "zoo"


def _names(file: str) -> list[str]:
    """The kinds in a file of the zoo, for this version of Python."""
    found = []
    for node in ast.parse((ZOO / f"{file}.py").read_text()).body:
        for call in getattr(node, "decorator_list", ()):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "kind":
                options = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
                if sys.version_info >= options.get("since", (3, 11)):
                    found.append(ast.literal_eval(call.args[0]))
    return found


Outcomes = dict[str, tuple[str, str]]


def _send(file: str, directory: Path, writer: str, reader: str) -> Outcomes:
    """What becomes of each kind in a file of the zoo that one module writes and another one reads."""
    for script, *arguments in (
        ("send", writer, str(directory), file),
        ("receive", str(directory), reader),
    ):
        command = [sys.executable, str(ZOO / f"{script}.py"), *arguments]
        done = subprocess.run(
            command,
            cwd=directory,
            env={**os.environ, "TMPDIR": str(directory), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=100 * PATIENCE,
        )
        assert done.returncode == 0, done.stderr
    kinds = json.loads((directory / "kinds.json").read_text())
    found = json.loads((directory / "outcome.json").read_text())
    return {name: tuple(what) for (_, name, _), what in zip(kinds, found, strict=True)}


def _expected(name: str) -> str:
    return "refused" if name.endswith("(refused)") else "right"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcomes]:
    """What becomes of each kind in a file of the zoo that anypickle writes and stock pickle reads."""

    @cache
    def of(file: str) -> Outcomes:
        return _send(file, tmp_path_factory.mktemp(file), "anypickle", "pickle")

    return of


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file in FILES for name in _names(file)]
)
def test_arrives_right(outcomes: Callable[[str], Outcomes], file: str, name: str) -> None:
    outcome, why = outcomes(file)[name]
    assert outcome == _expected(name), why


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_arrives_right_by_many_threads_at_once(tmp_path: Path, file: str) -> None:
    together = "tests.interop.zoo.together"
    found = _send(file, tmp_path, together, together)
    wrong = {name: what for name, what in found.items() if what[0] != _expected(name)}
    assert wrong.keys() - MADE_TWICE == set(), wrong
