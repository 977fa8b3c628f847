"""A few seconds of tests/conformance/loads_differential.py, with another seed each day."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path

from tests.helpers.patience import SANITIZED

DRIVER = Path(__file__).parent.parent / "conformance" / "loads_differential.py"


def test_ours_and_stock_agree_on_damaged_streams_and_random_programs() -> None:
    seed = str(datetime.date.today().toordinal())
    command = [sys.executable, str(DRIVER), "--seconds", "6", "--seed", seed]
    if SANITIZED:  # it wants all addresses, and limits allocations itself
        command += ["--gigabytes", "0"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
