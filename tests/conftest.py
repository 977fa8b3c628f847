"""Fixtures for every test: processes that cannot hang, nothing left behind, programs run as a user would.

* Every test has a watchdog (`@pytest.mark.timeout(seconds)` changes its 120 s): its time over, what it
  started is killed and it fails.
* Every test is checked for leftovers: processes, threads, descriptors, names in /dev/shm, temporary files.
  A test that loads a library that keeps some for good says so: `@pytest.mark.may_leave("threads")`.
* `start_method` runs a test under fork, spawn and forkserver; `mp` is the context of that method.
* `installed`: anypickle is, for the time of the test.
* `run_script(text_or_path, *args, under="plain" | "anypickle", timeout=60)` starts a program from another directory.
* `load_elsewhere(data, "print(value)")` unpickles bytes in a fresh process.

With ANYPICKLE_COMPLETE=1, as in `make test`, a test that is skipped because something is not installed fails.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from multiprocessing import resource_tracker, util
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

from tests.helpers import proc
from tests.helpers.guardian import Guardian
from tests.helpers.leftovers import Snapshot
from tests.helpers.patience import PATIENCE
from tests.helpers.programs import FreshLoader, ProgramRunner

_SECONDS = 120.0
_HARD_SECONDS = 15.0


_NOT_THERE = re.compile(
    r"could not import|No module named|not installed|comes without", re.IGNORECASE
)


def _nothing_is_left_out(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("ANYPICKLE_COMPLETE") == "1" and report.skipped:
        said = str(report.longrepr)
        if _NOT_THERE.search(said):
            report.outcome = "failed"
            report.longrepr = f"skipped, but this run is to be complete: {said}"


def pytest_configure() -> None:
    """A shell without job control lets what it starts in the background ignore SIGINT; tests interrupt and are
    interrupted.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _nothing_is_left_out(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _nothing_is_left_out(report)
    return report


@pytest.fixture(scope="session")
def guardian() -> Iterator[Guardian]:
    """The process that kills pytest itself when a test hangs where no signal handler runs."""
    guardian = Guardian()
    yield guardian
    guardian.close()


@pytest.fixture(scope="session", autouse=True)
def _temporary_directory() -> Iterator[None]:
    """A short directory of the session's own for temporary files (sockets' paths end at 108 bytes)."""
    directory = tempfile.mkdtemp(prefix="apt-", dir="/tmp")
    before, known = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"] = tempfile.tempdir = directory
    # After multiprocessing's own directory in it (priority -100), at the end of the process.
    util.Finalize(None, shutil.rmtree, args=(directory, True), exitpriority=-1000)
    resource_tracker.ensure_running()
    yield
    tempfile.tempdir = known
    if before is None:
        del os.environ["TMPDIR"]
    else:
        os.environ["TMPDIR"] = before


@pytest.fixture(autouse=True)
def watchdog(request: pytest.FixtureRequest, guardian: Guardian) -> Iterator[None]:
    """Fails a test that runs too long, after killing every process that it started."""
    marker = request.node.get_closest_marker("timeout")
    seconds = (float(marker.args[0]) if marker else _SECONDS) * PATIENCE

    def expire(signum: int, frame: object) -> None:
        faulthandler.dump_traceback(file=sys.__stderr__)
        mine = {guardian.pid, getattr(resource_tracker._resource_tracker, "_pid", None)}
        proc.kill(pid for pid in proc.descendants(os.getpid()) if pid not in mine)
        pytest.fail(f"watchdog: not done within {seconds:g} s")

    previous = signal.signal(signal.SIGALRM, expire)
    guardian.arm(seconds + _HARD_SECONDS)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        guardian.disarm()


@pytest.fixture(autouse=True)
def no_leftovers(
    request: pytest.FixtureRequest, watchdog: None, guardian: Guardian
) -> Iterator[None]:
    """Fails a test that leaves a process, thread, descriptor, segment or temporary file behind."""
    allowed = {kind for m in request.node.iter_markers("may_leave") for kind in m.args}
    before = Snapshot(ignored_processes=frozenset({guardian.pid}))
    yield
    found = [what for what in before.leftovers() if f"{what.split()[0]}s" not in allowed]
    if found:
        pytest.fail("left behind:\n  " + "\n  ".join(found))


@pytest.fixture(params=["fork", "spawn", "forkserver"])
def start_method(request: pytest.FixtureRequest) -> str:
    """Each way to start a process in turn, by name."""
    return str(request.param)


@pytest.fixture
def mp(start_method: str) -> BaseContext:
    """multiprocessing's context of `start_method`."""
    return multiprocessing.get_context(start_method)


@pytest.fixture
def installed() -> Iterator[None]:
    """anypickle is installed for the time of the test."""
    import anypickle

    with anypickle.installed():
        yield


@pytest.fixture
def run_script(tmp_path: Path) -> ProgramRunner:
    """Starts a program as a user would; see `ProgramRunner.__call__`."""
    return ProgramRunner(tmp_path)


@pytest.fixture
def load_elsewhere(run_script: ProgramRunner, tmp_path: Path) -> FreshLoader:
    """Unpickles bytes in a fresh process; see `FreshLoader.__call__`."""
    return FreshLoader(run_script, tmp_path)
