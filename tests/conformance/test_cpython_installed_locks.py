"""CPython's own tests of what `threading` makes, in a program in which anypickle is installed; and after promotion."""

from __future__ import annotations

import re
import unittest
from collections.abc import Iterator
from typing import Any

import pytest

import anypickle
from anypickle.shared import promoted_threading
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
        promoted_threading.promote(made)
        return made

    return staticmethod(make)


class PromotedLockTests(lock_tests.LockTests):  # type: ignore[misc]
    locktype = _promoted("Lock")


class PromotedRLockTests(lock_tests.RLockTests):  # type: ignore[misc]
    locktype = _promoted("RLock")


class PromotedEventTests(lock_tests.EventTests):  # type: ignore[misc]
    eventtype = _promoted("Event")

    @unittest.skip("looks at the condition inside threading.Event; a shared one has none")
    def test_at_fork_reinit(self) -> None: ...


class PromotedConditionAsRLockTests(lock_tests.RLockTests):  # type: ignore[misc]
    # A Condition uses an RLock by default and exports its API.
    locktype = _promoted("Condition")

    @unittest.skip("threading's own Condition takes an argument, too: a lock")
    def test_constructor_noargs(self) -> None: ...

    @unittest.skip("threading's own Condition has no _recursion_count either")
    def test_recursion_count(self) -> None: ...


class PromotedConditionTests(lock_tests.ConditionTests):  # type: ignore[misc]
    condtype = _promoted("Condition")


class PromotedSemaphoreTests(lock_tests.SemaphoreTests):  # type: ignore[misc]
    semtype = _promoted("Semaphore")


class PromotedBoundedSemaphoreTests(lock_tests.BoundedSemaphoreTests):  # type: ignore[misc]
    semtype = _promoted("BoundedSemaphore")


class PromotedBarrierTests(lock_tests.BarrierTests):  # type: ignore[misc]
    barriertype = _promoted("Barrier")
