"""Lack of memory, at every allocation in turn: MemoryError, never a crash, a wrong answer or a leak."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(
    importlib.util.find_spec("_testcapi") is None,
    reason="this Python comes without _testcapi, whose allocators fail when told to",
)
@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="a Python without a GIL crashes by itself where the dict of an instance can't be made",
)
@pytest.mark.parametrize(
    "kind", ["dumps5", "dumps2", "dump5", "loads5", "loads2", "load5", "deepcopy"]
)
def test_each_allocation_may_fail(kind: str) -> None:
    program = f"from tests.helpers import no_memory; no_memory.main({kind!r})"
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", program],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
