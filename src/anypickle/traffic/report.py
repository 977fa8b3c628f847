"""Writes the report of a run when its first process ends."""

from __future__ import annotations

import atexit
import os
import sys

__all__ = ["TARGET", "write", "write_at_exit"]

TARGET = "ANYPICKLE_REPORT_TO"
"""The files to write, by the separator of paths."""


def write_at_exit(folder: str, targets: list[str], began: float) -> None:
    """Has the report written when this process ends, after everything that the program registers from now on."""
    atexit.register(_write, os.getpid(), folder, targets, began)


def _write(pid: int, folder: str, targets: list[str], began: float) -> None:
    if os.getpid() == pid:  # no child that was forked and went on as a program of its own
        import time

        write(folder, targets, " ".join(sys.orig_argv[1:]), time.time() - began)


def write(
    folder: str, targets: list[str], command: str, seconds: float, *, cut_off: bool = False
) -> None:
    """Adds up what the processes of a run have counted into a folder, writes it down and removes the folder.

    Args:
        folder: Where they have counted.
        targets: The files to write.
        command: What the report calls the program.
        seconds: How long it ran.
        cut_off: Whether it ended without writing the report itself.
    """
    from contextlib import suppress
    from pathlib import Path

    from anypickle.report import traffic
    from anypickle.traffic.summary import add_up

    run = add_up(folder, command, seconds, cut_off=cut_off)
    for target in targets:
        try:
            Path(target).write_text(traffic.render(run, target), encoding="utf-8")
        except OSError as error:
            print(f"anypickle run: no report: {error}", file=sys.stderr)
        else:
            print(f"Wrote {target}", file=sys.stderr)
    with suppress(OSError):
        for tally in Path(folder).iterdir():
            tally.unlink(missing_ok=True)
        Path(folder).rmdir()
