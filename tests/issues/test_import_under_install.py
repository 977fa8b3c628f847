"""A module that is imported while anypickle is installed must not meet itself half imported in a reducer."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["contextvars", "queue", "logging", "io", "asyncio", "sqlite3", "concurrent.futures"]
)
def test_importing_a_module_that_has_recipes_warns_of_nothing(module: str) -> None:
    program = f"import anypickle; anypickle.install(); import {module}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
