"""CPython's own tests of locks, events, conditions, semaphores and barriers, with ours in their place."""

from __future__ import annotations

import unittest
from typing import Any

import pytest

from anypickle import shared

lock_tests: Any = pytest.importorskip(
    "test.lock_tests",
    reason="this interpreter comes without CPython's test suite (Debian: python3-testsuite)",
    exc_type=ImportError,
)

pytestmark = [
    pytest.mark.may_leave("descriptors"),
    pytest.mark.filterwarnings("default::DeprecationWarning"),
]


class LockTests(lock_tests.LockTests):  # type: ignore[misc]
    locktype = staticmethod(shared.Lock)


class RLockTests(lock_tests.RLockTests):  # type: ignore[misc]
    locktype = staticmethod(shared.RLock)


class EventTests(lock_tests.EventTests):  # type: ignore[misc]
    eventtype = staticmethod(shared.Event)

    @unittest.skip("looks at the condition inside threading.Event; a shared one has none")
    def test_at_fork_reinit(self) -> None: ...


class ConditionAsRLockTests(lock_tests.RLockTests):  # type: ignore[misc]
    # A Condition uses an RLock by default and exports its API.
    locktype = staticmethod(shared.Condition)

    @unittest.skip("threading's own Condition takes an argument, too: a lock")
    def test_constructor_noargs(self) -> None: ...

    @unittest.skip("threading's own Condition has no _recursion_count either")
    def test_recursion_count(self) -> None: ...


class ConditionTests(lock_tests.ConditionTests):  # type: ignore[misc]
    condtype = staticmethod(shared.Condition)

    def test_nan_timeout(self) -> None:
        # As theirs, but for its look at the list of waiters that a shared one does not have.
        condition = self.condtype()
        with condition:
            self.assertRaises(ValueError, condition.wait, float("nan"))
            self.assertRaises(ValueError, condition.wait_for, lambda: False, float("nan"))
            condition.notify_all()


class SemaphoreTests(lock_tests.SemaphoreTests):  # type: ignore[misc]
    semtype = staticmethod(shared.Semaphore)


class BoundedSemaphoreTests(lock_tests.BoundedSemaphoreTests):  # type: ignore[misc]
    semtype = staticmethod(shared.BoundedSemaphore)


class BarrierTests(lock_tests.BarrierTests):  # type: ignore[misc]
    barriertype = staticmethod(shared.Barrier)
