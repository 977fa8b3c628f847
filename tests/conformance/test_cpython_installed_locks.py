"""CPython's own tests of what `threading` makes, in a program in which anypickle is installed; and after promotion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

import anypickle
from anypickle.shared import promoted_locks
from tests.helpers.programs import ProgramRunner

lock_tests: Any = pytest.importorskip(
    "test.lock_tests",
    reason="this interpreter comes without CPython's test suite (Debian: python3-testsuite)",
    exc_type=ImportError,
)

pytestmark = [
    pytest.mark.may_leave("descriptors"),
    pytest.mark.filterwarnings("default::DeprecationWarning"),
]

CLASSES = (
    "LockTests CRLockTests PyRLockTests EventTests ConditionAsRLockTests ConditionTests "
    "SemaphoreTests BoundedSemaphoreTests BarrierTests"
)


def test_the_lock_tests_of_threading_pass(run_script: ProgramRunner) -> None:
    program = f"""
        import unittest
        names = ["test.test_threading." + name for name in {CLASSES.split()!r}]
        unittest.main(module=None, argv=["x", *names])
        """
    done = run_script(program, under="anypickle", timeout=200)
    assert re.search(r"Ran \d{3,} tests", done.stderr), done.stderr[-2000:]
    assert done.stderr.rstrip().endswith(("OK", ")")) and "FAILED" not in done.stderr, done.stderr


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    with anypickle.installed():
        yield


def _promoted(name: str) -> Any:
    def make(*args: Any, **options: Any) -> Any:
        import threading

        made = getattr(threading, name)(*args, **options)
        promoted_locks.promote(made)
        return made

    return staticmethod(make)


class PromotedLockTests(lock_tests.LockTests):  # type: ignore[misc]
    locktype = _promoted("Lock")


class PromotedRLockTests(lock_tests.RLockTests):  # type: ignore[misc]
    locktype = _promoted("RLock")
