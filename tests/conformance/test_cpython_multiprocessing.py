"""CPython's own tests of multiprocessing's queues and locks, with ours in their place, under fork and spawn."""

from __future__ import annotations

import multiprocessing
import unittest
from typing import Any

import pytest

from anypickle import shared

suite: Any = pytest.importorskip(
    "test._test_multiprocessing",
    reason="this interpreter comes without CPython's test suite (Debian: python3-testsuite)",
    exc_type=ImportError,
)

pytestmark = [
    pytest.mark.may_leave("descriptors"),
    pytest.mark.filterwarnings("default::DeprecationWarning"),
]


class Ours:
    """What the suite takes for multiprocessing."""

    Process: Any
    Queue = staticmethod(shared.Queue)
    JoinableQueue = staticmethod(shared.Queue)
    Lock = staticmethod(shared.Lock)
    RLock = staticmethod(shared.RLock)
    Semaphore = staticmethod(shared.Semaphore)
    BoundedSemaphore = staticmethod(shared.BoundedSemaphore)
    Condition = staticmethod(shared.Condition)
    Event = staticmethod(shared.Event)
    Barrier = staticmethod(shared.Barrier)

    def check_invariant(self, condition: Any) -> None:
        """Nobody is left among the waiters; the suite's own looks at multiprocessing's semaphores."""
        assert condition._waiters.waiting() == 0


class Forked(Ours):
    Process = multiprocessing.get_context("fork").Process
    Value = staticmethod(multiprocessing.get_context("fork").Value)


class Spawned(Ours):
    Process = multiprocessing.get_context("spawn").Process
    Value = staticmethod(multiprocessing.get_context("spawn").Value)


class ForkedWithPriorities(Forked):
    """The suite's items come in rising order, so the least one first is the first one first; but for `None`."""

    Queue = staticmethod(shared.PriorityQueue)


OTHERWISE = {
    "test_queue_feeder_donot_stop_onexc": "there is no feeder: what cannot be pickled raises in put",
    "test_queue_feeder_on_queue_feeder_error": "there is no feeder",
    **dict.fromkeys(
        ("test_repr", "test_repr_lock", "test_repr_rlock"),
        "ours names its module, as threading's does",
    ),
}


def _test_case(start: type[Ours], base: str) -> Any:
    name = f"{start.__name__}{base[1:]}"
    tests = getattr(suite, base)
    body: dict[str, Any] = {"__module__": __name__}
    for test, reason in OTHERWISE.items():
        if hasattr(tests, test):
            body[test] = unittest.skip(reason)(getattr(tests, test))
    if base == "_TestSemaphore":
        reason = "a timeout without blocking is an error, as in threading"
        body["test_timeout"] = unittest.skip(reason)(tests.test_timeout)
    return type(name, (start, tests, suite.ProcessesMixin, unittest.TestCase), body)


for _start, _bases in (
    (Forked, ("Queue", "Lock", "Semaphore", "Condition", "Event", "Barrier")),
    (ForkedWithPriorities, ("Queue",)),
    (
        Spawned,
        ("Queue", "Lock", "Semaphore", "Condition", "Event"),
    ),  # lists of its barriers' tests need fork
):
    for _base in _bases:
        globals()[f"{_start.__name__}Test{_base}"] = _test_case(_start, f"_Test{_base}")
