"""Objects of other libraries arrive with their contents in a fresh process, or are refused with a fix.

Each library has two processes for all of its cases: one that dumps, one that loads.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import json
import sys
from pathlib import Path

import pytest

from tests.helpers.programs import run

CASES = Path(__file__).parent / "cases"
ROOT = Path(__file__).parents[2]
NEEDS = {
    "google": ("google.cloud.storage", "cryptography"),
    "pandas": ("pandas", "tables", "openpyxl"),
}
ALL = [
    (path.stem.removeprefix("of_"), node.name)
    for path in sorted(CASES.glob("of_*.py"))
    for node in ast.parse(path.read_text()).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith(("make_", "refuse_"))
]


@functools.cache
def went_wrong(library: str, folder: Path) -> dict[str, str]:
    """What went wrong in the cases of one library."""
    wrong: dict[str, str] = {}
    for verb in ("dump", "load"):
        command = [sys.executable, "-W", "ignore", "-m", "tests.contrib.sides"]
        output = folder.with_suffix(".out")
        output.mkdir(exist_ok=True)
        run([*command, verb, library, str(folder)], cwd=ROOT, output=output, timeout=100).ok()
        wrong |= json.loads((folder / f"{verb}.json").read_text())
    return wrong


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contrib")


@pytest.mark.parametrize(("library", "case"), ALL)
def test_case(library: str, case: str, folders: Path) -> None:
    for name in NEEDS.get(library, (library,)):
        package = name.partition(".")[0]
        if importlib.util.find_spec(package) is None or importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    folder = folders / library
    folder.mkdir(exist_ok=True)
    wrong = went_wrong(library, folder)
    if case in wrong:
        pytest.fail(wrong[case], pytrace=False)
