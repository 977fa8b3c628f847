"""CPython's own tests of queues, with ours in the place of queue.Queue and queue.SimpleQueue.

Left out is what looks at the insides of `queue.Queue` (its mutex and deque), and items that only exist in one process:
what goes into a shared queue is pickled.
"""

from __future__ import annotations

import queue
import unittest
from typing import Any

import pytest

from anypickle import shared

suite: Any = pytest.importorskip(
    "test.test_queue",
    reason="this interpreter comes without CPython's test suite (Debian: python3-testsuite)",
    exc_type=ImportError,
)

pytestmark = pytest.mark.may_leave("descriptors")


class Module:
    """What the suite takes for the module `queue`."""

    Queue = shared.Queue
    LifoQueue = shared.LifoQueue
    PriorityQueue = shared.PriorityQueue
    SimpleQueue = shared.SimpleQueue
    Empty = queue.Empty
    Full = queue.Full
    ShutDown = shared.ShutDown


class BaseQueueTest(suite.BaseQueueTestMixin):  # type: ignore[misc]
    queue = Module
    type2test: Any

    def setUp(self) -> None:
        super().setUp()
        # The suite expects an order by this name.
        self.__class__.__name__ = f"{self.type2test.__name__}Test"


class QueueTest(BaseQueueTest, unittest.TestCase):
    type2test = shared.Queue


class LifoQueueTest(BaseQueueTest, unittest.TestCase):
    type2test = shared.LifoQueue


class PriorityQueueTest(BaseQueueTest, unittest.TestCase):
    type2test = shared.PriorityQueue


class SimpleQueueTest(suite.BaseSimpleQueueTest, unittest.TestCase):  # type: ignore[misc]
    type2test = shared.SimpleQueue
    queue = Module

    def setUp(self) -> None:
        super().setUp()
        self.q = self.type2test()

    @unittest.skip("an item of this test is an object with a destructor of this process")
    def test_reentrancy(self) -> None: ...

    @unittest.skip("counts references of items; a shared queue holds none")
    def test_references(self) -> None: ...
