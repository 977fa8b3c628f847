"""Other projects' own pickle tests, with our pickler in the place of CPython's C implementation."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tests.helpers import programs

_HERE = Path(__file__).parent

_OF_NUMPY = ["multiarray", "records", "dtype"]

#: project -> what pytest is to run of it, how many tests there are at least
_RUNS = {
    "joblib": (["joblib.test.test_numpy_pickle", "joblib.test.test_hashing"], 600),
    "numpy": (
        [f"numpy._core.tests.test_{name}" for name in _OF_NUMPY] + ["-k", "pickl or Pickl"],
        60,
    ),
    # As a file: only then does pytest read the project's conftest.py before its options.
    "pandas": (["pandas/tests/io/test_pickle.py", "--no-strict-data-files"], 700),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("project", _RUNS)
def test_pickle_tests_of(project: str, tmp_path: Path) -> None:
    spec = importlib.util.find_spec(project)
    if spec is None or spec.origin is None:
        pytest.skip(f"{project} is not installed (requirements/programs.txt)")
    what, at_least = _RUNS[project]
    home = Path(spec.origin).parents[1]
    what = [str(home / word) if word.endswith(".py") else word for word in what]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "swapped", "--pyargs", *what]
    # Their settings are not in their wheels, so neither are their markers and expected warnings.
    command += ["-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-W", "ignore"]
    done = programs.run(
        command,
        cwd=tmp_path,
        output=tmp_path,
        timeout=500,
        env={"PYTHONPATH": str(_HERE), "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2000:]
    passed = int(done.stdout.rpartition(" passed")[0].split()[-1])
    assert passed >= at_least, f"only {passed} tests were found"
