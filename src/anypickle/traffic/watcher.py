"""Writes the report of a run whose first process ends without a word: killed, crashed, or by `os._exit`.

`anypickle run` becomes the program, so nobody waits for it but who started it. Before that it leaves a watcher behind:
a process of its own session and no child of the program's (`os.wait` there knows nothing of it), which sleeps until
the program is gone. A program that ends as usual has written its report by then, and the watcher finds nothing to do.
The program itself has no thread, no handler and no descriptor of it.
"""

from __future__ import annotations

import os
import select
import sys
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["leave_behind"]

_OFTEN = 0.1
"""Seconds between two looks, where the kernel does not tell of the end of a process."""


def leave_behind(folder: str, targets: list[str], command: str) -> None:
    """Leaves a watcher behind that writes the report if this process has not done so when it ends.

    Args:
        folder: Where the processes of the run count; who writes the report removes it.
        targets: The files to write.
        command: What the report calls the program.
    """
    if not hasattr(os, "fork"):
        return
    pid, began = os.getpid(), time.time()
    watched = _descriptor(pid)
    between = os.fork()
    if between:
        if watched is not None:
            os.close(watched)
        os.waitpid(between, 0)
        return
    try:
        os.setsid()  # Ctrl-C at the terminal is for the program
        if os.fork() == 0:
            _settle(watched)
            _wait(pid, watched)
            if Path(folder).is_dir():
                from anypickle.traffic.report import write

                write(folder, targets, command, time.time() - began, cut_off=True)
    finally:
        os._exit(0)


def _descriptor(pid: int) -> int | None:
    """A descriptor that can be read from when the process is gone, if the system has such a thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _settle(watched: int | None) -> None:
    """Keeps hold of nothing that others wait for; what is to be said goes to the program's stderr."""
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    most = os.sysconf("SC_OPEN_MAX")
    keep = 2 if watched is None else watched
    os.closerange(3, keep)
    os.closerange(keep + 1, most if most > 0 else 4096)


def _wait(pid: int, watched: int | None) -> None:
    """Returns when the process is gone."""
    if watched is not None:
        poll = select.poll()
        poll.register(watched, select.POLLIN)
        poll.poll()
        return
    while _is_there(pid):
        time.sleep(_OFTEN)


def _is_there(pid: int) -> bool:
    with suppress(OSError):  # one that nobody has waited for yet is gone, too
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1] not in ("Z", "X")
    if sys.platform == "linux":
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True
