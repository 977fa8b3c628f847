"""CPython's own pickle, copy and copyreg suites of the running interpreter, pointed at anypickle."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.conformance.expectations import expectations
from tests.helpers import programs

_DRIVER = Path(__file__).with_name("drive.py")
_OURS = ("--subject", "anypickle._core")
_INSTALLED = ("--install",)

#: name -> (arguments of drive.py, suites, how many tests there are at least)
_RUNS = {
    "ours": (_OURS, ["test.test_pickle"], 700),
    "ours-and-stock": (_OURS, ["cross"], 700),
    "pickletools": (_OURS, ["test.test_pickletools"], 100),
    "picklebuffer": (_OURS, ["test.test_picklebuffer"], 9),
    "copy-on-ours": (_OURS, ["test.test_copy", "test.test_copyreg"], 70),
    "installed-pickle": (_INSTALLED, ["test.test_pickle"], 700),
    "installed-copy": (_INSTALLED, ["test.test_copy"], 70),
    "installed-copyreg": (_INSTALLED, ["test.test_copyreg"], 5),
}


def run_suites(arguments: tuple[str, ...], suites: list[str], directory: Path) -> dict[str, str]:
    """`{test id: outcome}` of CPython's `suites`, run in a process of their own."""
    out = directory / "outcome.json"
    command = [sys.executable, str(_DRIVER), *arguments, "--out", str(out), *suites]
    programs.run(command, cwd=directory, output=directory, timeout=500).ok()
    outcome: dict[str, str] = json.loads(out.read_text())
    return outcome


@pytest.mark.timeout(600)
@pytest.mark.slow
@pytest.mark.parametrize("name", _RUNS)
def test_suite_of_cpython(name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("test.pickletester") is None:
        pytest.skip("this Python comes without its test suite (Debian: libpython3.x-testsuite)")
    _check(*_RUNS[name], tmp_path)


@pytest.mark.timeout(600)
@pytest.mark.slow
def test_pickles_go_through_other_pythons(tmp_path: Path) -> None:
    if importlib.util.find_spec("test.test_xpickle") is None:
        pytest.skip("CPython has the test for it as of 3.14")
    others = [f"python3.{minor}" for minor in range(8, 30) if minor != sys.version_info.minor]
    if not any(map(shutil.which, others)):
        pytest.skip("there is no other Python on PATH")
    _check(_OURS, ["xpickle"], 250, tmp_path)


def _check(arguments: tuple[str, ...], suites: list[str], at_least: int, directory: Path) -> None:
    """Runs suites: nothing fails but what expected.txt has, and all of that does."""
    outcome = run_suites(arguments, suites, directory)
    failed = {test: said for test, said in outcome.items() if said not in ("ok", "skipped")}
    meant = expectations()
    surprises = {t: said for t, said in failed.items() if not any(e.matches(t) for e in meant)}
    stale = [
        e.pattern
        for e in meant
        if any(e.matches(test) for test in outcome) and not any(e.matches(t) for t in failed)
    ]
    details = "\n".join(f"{test}\n{said}" for test, said in surprises.items())
    assert not surprises, f"{len(surprises)} of {len(outcome)} fail\n{details}"
    assert not stale or arguments != _OURS, f"expected.txt: these no longer fail: {stale}"
    assert len(outcome) >= at_least, f"only {len(outcome)} tests were found"
