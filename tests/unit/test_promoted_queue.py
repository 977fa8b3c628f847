"""A queue.Queue that was promoted: the same object, the same behaviour, shared memory inside."""

from __future__ import annotations

import copy
import pickle
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import anypickle
from anypickle.shared.promoted import PromotedQueue, can_promote, promote

pytestmark = pytest.mark.may_leave("descriptors")


def _promoted(maxsize: int = 0, items: int = 0) -> queue.Queue[Any]:
    made: queue.Queue[Any] = queue.Queue(maxsize)
    for number in range(items):
        made.put(number)
    promote(made)
    return made


def _in_thread(function: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Starts a thread that stores what `function` returns or raises, once it has begun to wait."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(function())
        except Exception as error:
            results.append(type(error))

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.05)
    return thread, results


def test_it_stays_the_same_object_and_a_queue() -> None:
    made: queue.Queue[int] = queue.Queue()
    before = id(made)
    promote(made)
    promote(made)
    assert id(made) == before
    assert isinstance(made, queue.Queue)
    assert type(made) is PromotedQueue


def test_it_keeps_items_order_and_maxsize() -> None:
    made = _promoted(maxsize=5, items=3)
    assert (made.qsize(), made.maxsize, made.full(), made.empty()) == (3, 5, False, False)
    made.put(3)
    made.put(4)
    assert made.full()
    with pytest.raises(queue.Full):
        made.put_nowait(5)
    with pytest.raises(queue.Full):
        made.put(5, timeout=0.01)
    assert [made.get() for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(queue.Empty):
        made.get_nowait()
    with pytest.raises(queue.Empty):
        made.get(timeout=0.01)


def test_it_keeps_count_of_tasks() -> None:
    made: queue.Queue[int] = queue.Queue(2)
    made.put(1)
    made.put(2)
    made.get()
    promote(made)
    assert made.unfinished_tasks == 2
    made.task_done()
    made.get()
    made.task_done()
    made.join()
    with pytest.raises(ValueError, match="called too many times"):
        made.task_done()


def test_threads_that_wait_in_get_receive_what_is_put_later() -> None:
    made: queue.Queue[int] = queue.Queue()
    waiting = [_in_thread(made.get) for _ in range(3)]
    promote(made)
    for number in range(3):
        made.put(number)
    for thread, _ in waiting:
        thread.join(10)
    assert sorted(results[0] for _, results in waiting) == [0, 1, 2]


def test_a_thread_that_waits_in_get_keeps_its_timeout() -> None:
    made: queue.Queue[int] = queue.Queue()
    start = time.monotonic()
    thread, results = _in_thread(lambda: made.get(timeout=0.3))
    promote(made)
    thread.join(10)
    assert results == [queue.Empty]
    assert 0.25 < time.monotonic() - start < 9


def test_threads_that_wait_in_put_go_on_when_there_is_room() -> None:
    made: queue.Queue[int] = queue.Queue(1)
    made.put(0)
    waiting = [_in_thread(lambda number=number: made.put(number)) for number in (1, 2)]  # type: ignore[misc]
    promote(made)
    taken = [made.get(timeout=10) for _ in range(3)]
    for thread, _ in waiting:
        thread.join(10)
    assert taken[0] == 0
    assert sorted(taken) == [0, 1, 2]
    assert made.unfinished_tasks == 3


def test_a_thread_that_waits_in_put_keeps_its_timeout() -> None:
    made: queue.Queue[int] = queue.Queue(1)
    made.put(0)
    thread, results = _in_thread(lambda: made.put(1, timeout=0.3))
    promote(made)
    thread.join(10)
    assert results == [queue.Full]
    assert made.qsize() == 1


def test_a_thread_that_waits_in_join_goes_on_when_all_is_done() -> None:
    made: queue.Queue[int] = queue.Queue()
    made.put(1)
    thread, results = _in_thread(made.join)
    promote(made)
    made.get()
    assert results == []
    made.task_done()
    thread.join(10)
    assert results == [None]


def test_the_code_of_the_standard_library_works_on_it() -> None:
    made = _promoted(maxsize=1)
    queue.Queue.put(made, "x")
    assert made.unfinished_tasks == 1
    with pytest.raises(queue.Full):
        queue.Queue.put(made, "y", timeout=0.05)
    assert queue.Queue.get(made) == "x"
    with pytest.raises(queue.Empty):
        queue.Queue.get(made, timeout=0.05)
    queue.Queue.task_done(made)
    queue.Queue.join(made)


def test_it_comes_home_as_the_same_object() -> None:
    made = _promoted(items=1)
    assert pickle.loads(pickle.dumps(made)) is made
    assert made.get() == 0


class Named(queue.Queue[Any]):
    """A subclass with a method and an attribute of its own."""

    name = "none"

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put((self.name, item), block, timeout)


def test_a_subclass_keeps_its_methods_and_attributes() -> None:
    made = Named()
    made.name = "mine"
    promote(made)
    made.put(1)
    assert made.get() == ("mine", 1)
    assert isinstance(made, Named)
    assert pickle.loads(pickle.dumps(made)) is made


class Reversed(queue.Queue[Any]):
    """A queue with an order that no shared queue has."""

    def _get(self) -> Any:
        return self.queue.pop()


def test_queues_with_an_order_of_their_own_are_not_for_it() -> None:
    for kind in (queue.Queue, queue.LifoQueue, queue.PriorityQueue, Named):
        assert can_promote(kind)
    assert not can_promote(Reversed)
    assert not can_promote(queue.SimpleQueue)


class Job:
    """Has a rank and something that cannot leave the process."""

    def __init__(self, rank: int) -> None:
        self.rank, self.lock = rank, threading.Lock()

    def __lt__(self, other: Job) -> bool:
        return self.rank < other.rank


class Stack(queue.LifoQueue[Any]):
    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put(item, block, timeout)


@pytest.mark.parametrize("kind", [queue.LifoQueue, queue.PriorityQueue, Stack])
def test_queues_of_other_orders_keep_their_items_and_order(kind: Any) -> None:
    made = kind(5)
    jobs = [Job(rank) for rank in (2, 1, 3, 5, 4)]
    for job in jobs[:3]:
        made.put(job)
    waiting = [_in_thread(lambda job=job: made.put(job)) for job in jobs[3:]]
    promote(made)
    for thread, _ in waiting:
        thread.join(10)
    assert isinstance(made, kind)
    assert pickle.loads(pickle.dumps(made)) is made
    assert made.full()
    order = sorted(jobs, key=lambda job: job.rank)
    got = [made.get() for _ in jobs]
    if kind is queue.PriorityQueue:
        assert got == order
    else:
        assert got[2:] == [jobs[2], jobs[1], jobs[0]]
    thread, results = _in_thread(lambda: made.get(timeout=10))
    made.put(jobs[0])
    thread.join(10)
    assert results == [jobs[0]]


@pytest.mark.parametrize("kind", [queue.LifoQueue, queue.PriorityQueue])
def test_what_others_took_of_other_orders_is_not_kept_for_ever(kind: Any) -> None:
    made = kind()
    first = (0, [0]) if kind is queue.LifoQueue else (10**6, [0])
    made.put(first)
    promote(made)
    other = made._transport
    for number in range(1, 1000):
        made.put((number, [number]))
        other.get()
    assert len(made._parcels._kept) < 200
    assert made.get() is first


@pytest.mark.parametrize("items", [[(1, "a"), (1, "b")], [Job(1), (1,)], [(2, {1: Job}), (1, Job)]])
def test_items_of_a_promoted_queue_are_compared_as_before(items: list[Any]) -> None:
    made: queue.PriorityQueue[Any] = queue.PriorityQueue()
    promote(made)
    made.put(items[0])
    try:
        expected = min(items)
    except (TypeError, AttributeError) as error:
        with pytest.raises(type(error)):
            made.put(items[1])
        assert made.get() is items[0]
    else:
        made.put(items[1])
        assert made.get() is expected


def test_threads_of_one_process_get_the_very_objects_that_were_put() -> None:
    made: queue.Queue[Any] = queue.Queue()
    before, after = [threading.Event(), object()], (threading.Lock(), {})
    made.put(before)
    promote(made)
    made.put(after)
    assert made.get() is before
    assert made.get() is after


def test_an_item_that_cannot_cross_stays_and_a_warning_says_so() -> None:
    made: queue.Queue[Any] = queue.Queue()
    item = (i for i in ())
    made.put(item)
    with pytest.warns(anypickle.PolicyWarning, match="can't leave this one"):
        promote(made)
    assert made.get() is item


def test_items_that_others_took_are_not_kept_for_ever() -> None:
    made = _promoted()
    other = made._transport  # type: ignore[attr-defined]
    for number in range(1000):
        made.put([number])
        other.get()
    assert len(made._parcels._kept) < 100  # type: ignore[attr-defined]


def test_a_copy_is_refused_in_words() -> None:
    with pytest.raises(TypeError, match="shared with other processes"):
        copy.deepcopy(_promoted())


def test_its_items_cannot_be_looked_at_in_place() -> None:
    with pytest.raises(AttributeError, match="get_nowait"):
        _ = _promoted().queue
