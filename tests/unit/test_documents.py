"""What the documents say holds: links lead somewhere, commands exist, the README's program runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.helpers.programs import ProgramRunner

_ROOT = Path(__file__).parents[2]


def test_links_and_commands_exist() -> None:
    done = subprocess.run(
        [sys.executable, _ROOT / "scripts" / "check-docs"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_program_in_the_readme_runs(run_script: ProgramRunner) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (_ROOT / "README.md").read_text(), re.DOTALL)
    assert "obj.lock" in run_script(program).ok().stdout
