"""Every kind in the zoo arrives right in a process that shares nothing with the sender, or is refused on purpose."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ZOO = Path(__file__).parent / "zoo"
FILES = ("functions", "classes", "values", "library")


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


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[str, str]]:
    """What became of each kind."""
    directory = tmp_path_factory.mktemp("zoo")
    for script, *arguments in (("send", "anypickle", str(directory)), ("receive", str(directory))):
        command = [sys.executable, str(ZOO / f"{script}.py"), *arguments]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
    kinds = json.loads((directory / "kinds.json").read_text())
    found = json.loads((directory / "outcome.json").read_text())
    return {(file, name): tuple(what) for (file, name, _), what in zip(kinds, found, strict=True)}


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file in FILES for name in _names(file)]
)
def test_arrives_right(
    outcomes: dict[tuple[str, str], tuple[str, str]], file: str, name: str
) -> None:
    outcome, why = outcomes[file, name]
    expected = "refused" if name.endswith("(refused)") else "right"
    assert outcome == expected, why
