"""What a test may leave behind: nothing. A `Snapshot` before it, `leftovers()` after it.

Looked at: processes that descend from this one, threads, descriptors, names in /dev/shm, and the directory
for temporary files that the session gives to its tests. The forkserver is stopped after each test that used
it: it would carry the state of one test into the next. The resource tracker stays; it belongs to the interpreter.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import tempfile
import threading
from multiprocessing import resource_tracker
from pathlib import Path

from tests.helpers import proc

_GRACE_SECONDS = 5.0
SANITIZER_LOG = "anypickle-sanitizer"


def _descriptors() -> dict[int, str]:
    found = {}
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found[int(entry.name)] = str(entry.readlink())
        except OSError:
            continue  # the one that reads the directory
    # The shared memory of a program is made once and stays until the program ends.
    kept = ("/dev/", "/proc/", "/memfd:anypickle")
    # A sanitizer keeps the file of its reports open (scripts/sanitized, scripts/races).
    # libffi maps code out of its own file, once, when ctypes makes the first callback.
    return {
        fd: what
        for fd, what in found.items()
        if not what.startswith(kept)
        and not Path(what).name.startswith(("libffi.so", SANITIZER_LOG))
    }


def _shared_memory_names() -> set[str]:
    """Names of ours: others use /dev/shm at the same time."""
    try:
        names = os.listdir("/dev/shm")
    except OSError:
        return set()
    return {name for name in names if name.startswith("anypickle") or str(os.getpid()) in name}


def _temporary_names() -> set[str]:
    # multiprocessing keeps one directory (pymp-…) until the process ends.
    names = os.listdir(tempfile.gettempdir())
    return {name for name in names if not name.startswith(("pymp-", "pytest-of-"))}


def stop_helpers() -> None:
    """Stop what libraries keep running on purpose: the forkserver and loky's reusable executor."""
    for name in ("loky.reusable_executor", "joblib.externals.loky.reusable_executor"):
        module = sys.modules.get(name)
        executor = getattr(module, "_executor", None)
        if executor is not None:
            executor.shutdown(wait=True, kill_workers=True)
    forkserver = sys.modules.get("multiprocessing.forkserver")
    if forkserver is not None:
        forkserver._forkserver._stop()


class Snapshot:
    """What there is before a test."""

    def __init__(self, *, ignored_processes: frozenset[int] = frozenset()) -> None:
        self._ignored = ignored_processes
        self._processes = set(proc.descendants(os.getpid()))
        self._threads = set(threading.enumerate())
        self._descriptors = _descriptors()
        self._shared_memory = _shared_memory_names()
        self._temporary = _temporary_names()

    def _new_processes(self) -> list[int]:
        multiprocessing.active_children()  # reaps
        tracker = getattr(resource_tracker._resource_tracker, "_pid", None)
        known = self._processes | self._ignored | {tracker}
        return [pid for pid in proc.descendants(os.getpid()) if pid not in known]

    def _new_threads(self) -> list[threading.Thread]:
        return [t for t in threading.enumerate() if t not in self._threads and t.is_alive()]

    def _new_descriptors(self) -> dict[int, str]:
        tracker = getattr(resource_tracker._resource_tracker, "_fd", None)
        return {
            fd: what
            for fd, what in _descriptors().items()
            if fd != tracker and self._descriptors.get(fd) != what
        }

    def _found(self) -> list[str]:
        found = [f"process {proc.describe(pid)}" for pid in self._new_processes()]
        found += [f"thread {thread.name}" for thread in self._new_threads()]
        found += [f"descriptor {fd} -> {what}" for fd, what in self._new_descriptors().items()]
        found += [f"/dev/shm/{name}" for name in _shared_memory_names() - self._shared_memory]
        found += [
            f"{tempfile.gettempdir()}/{name}" for name in _temporary_names() - self._temporary
        ]
        return found

    def leftovers(self) -> list[str]:
        """What is there now and was not before, in words. Processes among it are killed."""
        if not self._found():
            return []
        stop_helpers()
        gc.collect()
        if proc.wait_until(lambda: not self._found(), seconds=_GRACE_SECONDS):
            return []
        found = self._found()
        proc.kill(self._new_processes())
        return found
