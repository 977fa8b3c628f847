"""Queues arrive with their items, in their order."""

from __future__ import annotations

import pickle
import queue
import threading
from typing import Any

import pytest

import anypickle
from anypickle.policy import HeldLockWarning


@pytest.mark.parametrize("loads", [pickle.loads, anypickle.loads])
@pytest.mark.parametrize("kind", [queue.Queue, queue.LifoQueue, queue.PriorityQueue])
def test_items_and_size_arrive(kind: type[queue.Queue[int]], loads: Any) -> None:
    original = kind(4)
    for item in (3, 1, 2):
        original.put(item)
    arrived = loads(anypickle.dumps(original))
    assert type(arrived) is kind
    assert arrived.maxsize == 4 and arrived.unfinished_tasks == 3
    there = [arrived.get_nowait() for _ in range(3)]
    here = [original.get_nowait() for _ in range(3)]
    assert there == here
    with pytest.raises(queue.Empty):
        arrived.get(timeout=0.01)
    for _ in range(3):
        arrived.task_done()
    arrived.join()


@pytest.mark.parametrize("kind", [queue.SimpleQueue, queue._PySimpleQueue])  # type: ignore[attr-defined]
def test_a_simple_queue_keeps_its_items_on_both_sides(kind: Any) -> None:
    original = kind()
    original.put("a")
    original.put("b")
    arrived = anypickle.loads(anypickle.dumps(original))
    assert type(arrived) is kind
    assert [arrived.get(), arrived.get()] == ["a", "b"] == [original.get(), original.get()]


def test_a_queue_that_holds_its_owner() -> None:
    class Owner:
        inbox: queue.Queue[Any]

    owner = Owner
    holder: dict[str, Any] = {"inbox": queue.Queue(), "kind": owner.__name__}
    holder["inbox"].put(holder)
    arrived = anypickle.loads(anypickle.dumps(holder))
    assert arrived["inbox"].get() is arrived


class Counted(queue.Queue[int]):
    total = 0


def test_a_subclass_keeps_what_was_added() -> None:
    original = Counted()
    original.total = 7
    arrived = anypickle.loads(anypickle.dumps(original))
    assert type(arrived) is Counted and arrived.total == 7


def test_what_shares_the_mutex_of_a_queue_still_does() -> None:
    """A condition of the program's over the mutex of its queue guards the copy of that queue."""
    original: queue.Queue[int] = queue.Queue()
    extra = threading.Condition(original.mutex)
    arrived, arrived_extra = pickle.loads(anypickle.dumps((original, extra)))
    assert arrived_extra._lock is arrived.mutex is arrived.not_empty._lock
    with arrived_extra:
        assert arrived.mutex.locked()


def test_a_queue_whose_mutex_this_thread_holds_does_not_hang() -> None:
    original: queue.Queue[int] = queue.Queue()
    original.put(1)
    with original.mutex, pytest.warns(HeldLockWarning):
        data = anypickle.dumps(original)
    assert pickle.loads(data).get_nowait() == 1


def test_looking_into_a_simple_queue_takes_nothing_out() -> None:
    original: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for item in (None, [1], None, "x", None):
        original.put(item)
    original.get()
    arrived = pickle.loads(anypickle.dumps(original))
    assert [arrived.get_nowait() for _ in range(arrived.qsize())] == [[1], None, "x", None]
    assert original.qsize() == 4
