"""cloudpickle's own tests, with anypickle in its place.

They are not in cloudpickle's distributions: CLOUDPICKLE_SOURCE names a directory with its sources.
`make conformance-cloudpickle` fetches them.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.conformance.expectations import expectations
from tests.helpers import programs

_IMPOSTOR = Path(__file__).parent / "impostor" / "cloudpickle"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif("CLOUDPICKLE_SOURCE" not in os.environ, reason="CLOUDPICKLE_SOURCE is not set")
def test_suite_of_cloudpickle(tmp_path: Path) -> None:
    source = Path(os.environ["CLOUDPICKLE_SOURCE"])
    shutil.copytree(source / "tests", tmp_path / "tests")
    shutil.copytree(_IMPOSTOR, tmp_path / "cloudpickle")
    suites = ["tests/cloudpickle_test.py", "tests/cloudpickle_file_test.py"]
    path = os.pathsep.join([str(tmp_path), str(tmp_path / "tests" / "cloudpickle_testpkg")])
    done = programs.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rfE",
            "--tb=short",
            "-p",
            "no:cacheprovider",
            *suites,
        ],
        cwd=tmp_path,
        output=tmp_path,
        timeout=800,
        env={"PYTHONPATH": path},
    )
    failed = re.findall(r"^(?:FAILED|ERROR) tests/(\S+)", done.stdout, re.MULTILINE)
    patterns = [e.pattern for e in expectations()]
    surprises = [
        t for t in failed if not any(fnmatch.fnmatchcase(f"cloudpickle:{t}", p) for p in patterns)
    ]
    assert not surprises, f"{len(surprises)} fail\n{done.stdout[-30_000:]}"
    assert re.search(r"\d{3} passed", done.stdout), done.stdout[-2000:] + done.stderr[-2000:]
