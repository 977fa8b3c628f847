"""Writes the report of a run when its first process ends."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import time
from pathlib import Path

__all__ = ["TARGET", "write_at_exit"]

TARGET = "ANYPICKLE_REPORT_TO"
"""The files to write, by the separator of paths."""


def write_at_exit(folder: str, targets: list[str], began: float) -> None:
    """Has the report written when this process ends, after everything that the program registers from now on."""
    atexit.register(_write, os.getpid(), folder, targets, began)


def _write(pid: int, folder: str, targets: list[str], began: float) -> None:
    if os.getpid() != pid:  # a child that was forked and went on as a program of its own
        return
    from anypickle.report import traffic
    from anypickle.traffic.summary import add_up

    run = add_up(folder, " ".join(sys.orig_argv[1:]), time.time() - began)
    for target in targets:
        try:
            Path(target).write_text(traffic.render(run, target), encoding="utf-8")
        except OSError as error:
            print(f"anypickle run: no report: {error}", file=sys.stderr)
        else:
            print(f"Wrote {target}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
