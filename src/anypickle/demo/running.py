"""Start a program as a user would, and tell how it ended.

Every run is in a session of its own and has a watchdog: a program that hangs is killed with all that it
started, and hanging is what it then reports.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

from anypickle.demo.programs import Program

__all__ = ["Ended", "run"]

_ERROR = re.compile(r"^(?:[\w.]+\.)?([A-Z]\w*(?:Error|Exception|Warning|Interrupt)): ?(.*)$")
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0"}


@dataclass(frozen=True)
class Ended:
    """How one run ended."""

    way: tuple[str, ...]
    status: str
    """``ran``, ``died`` or ``hung``."""
    message: str
    """What it died of, in its own words; empty if it ran."""
    result: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def run(program: Program, way: tuple[str, ...], *, installed: bool, limit: float) -> Ended:
    """Run a program from an empty directory, under ``anypickle run`` if `installed`."""
    runner = ["-m", "anypickle", "run"] if installed else []
    command = [sys.executable, *runner, str(program.script), *way]
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="demo-", ignore_cleanup_errors=True) as directory,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        process = subprocess.Popen(
            command,
            cwd=directory,
            env={**_QUIET, **os.environ, "TMPDIR": directory},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            process.wait(limit)
            hung = False
        except subprocess.TimeoutExpired:
            hung = True
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        out.seek(0)
        err.seek(0)
        said, complained = out.read(), err.read()
    seconds = time.monotonic() - started
    if hung:
        return Ended(way, "hung", f"hangs: not done after {limit:.0f} s", seconds=seconds)
    result = _result(said)
    if process.returncode == 0 and result is not None:
        return Ended(way, "ran", "", result, seconds)
    return Ended(way, "died", _cause(complained, process.returncode), seconds=seconds)


def _result(said: str) -> dict[str, Any] | None:
    """Return what follows the last ``result:`` of a program."""
    for line in reversed(said.splitlines()):
        if line.startswith("result:"):
            found: dict[str, Any] = json.loads(line.removeprefix("result:"))
            return found
    return None


def _cause(complained: str, code: int) -> str:
    """Return the error that a program ended with, as it printed it."""
    for line in reversed(complained.splitlines()):
        if _ERROR.match(line):
            return line.strip()
    return f"exit code {code}"
