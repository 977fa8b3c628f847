"""LifoQueue and PriorityQueue of `anypickle.shared`: their order, and what comparisons may do to it."""

from __future__ import annotations

import functools
import os
import pickle
import queue as queue_module
import random
import threading
import time
from typing import Any

import pytest

import anypickle
from anypickle import _shm, shared

pytestmark = pytest.mark.may_leave("descriptors")


def _all_of(queue: Any) -> list[Any]:
    return queue.get_many(queue.qsize()) if queue.qsize() else []


def test_the_last_one_comes_first() -> None:
    queue: Any = anypickle.LifoQueue()
    queue.put_many(range(1000))
    assert _all_of(queue) == list(range(999, -1, -1))


def test_they_are_queues() -> None:
    for kind in (anypickle.LifoQueue, anypickle.PriorityQueue):
        queue: Any = kind(3)
        assert isinstance(queue, anypickle.Queue)
        assert (queue.maxsize, repr(queue).startswith(f"<{kind.__name__}")) == (3, True)
        again = pickle.loads(pickle.dumps(queue))
        again.put(1)
        assert type(again) is kind
        assert queue.get() == 1


def _ranked_item(chance: random.Random) -> Any:
    """Items of which any two can be compared, some by their beginning, some only as objects."""
    first = chance.randrange(5)
    kinds = (
        lambda: (first,),
        lambda: (float(first), "b" * chance.randrange(3)),
        lambda: (first, "ü" * chance.randrange(3), [chance.randrange(3)]),
        lambda: (first, "", [], chance.randrange(9)),
        lambda: (10 + first * 2**70, "x", [1]),
        lambda: (True, "", [chance.randrange(3)]),
        lambda: Ranked(first),
    )
    return kinds[chance.randrange(6)]()


class Ranked(tuple[int]):
    """A class of its own in the middle of tuples."""

    def __new__(cls, first: int) -> Ranked:
        return super().__new__(cls, (first,))

    def __getnewargs__(self) -> tuple[int]:
        return (self[0],)


def test_items_come_in_the_order_of_the_standard_librarys_queue() -> None:
    chance = random.Random(1)
    ours: Any = shared.PriorityQueue()
    theirs: queue_module.PriorityQueue[Any] = queue_module.PriorityQueue()
    for _ in range(5000):
        item = _ranked_item(chance)
        try:
            theirs.put(item)
        except TypeError:
            theirs.queue.pop()
            with pytest.raises(TypeError):
                ours.put(item)
        else:
            ours.put(item)
        if chance.random() < 0.4 and not theirs.empty():
            assert repr(ours.get()) == repr(theirs.get())
    assert ours.qsize() == theirs.qsize()
    while not theirs.empty():
        assert repr(ours.get()) == repr(theirs.get())


NUMBERS = [0, -1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, 2**63, 0.0, -0.0, 0.5, 1e300]
NUMBERS += [float("inf"), float("nan"), True]
TEXTS = ["", "a", "ab", "b", "é", "\uffff", "\U00010000", "\ud800", "a" * 200]


@pytest.mark.parametrize(
    "values", [NUMBERS, TEXTS, [text.encode("utf-8", "replace") for text in TEXTS]]
)
def test_two_values_are_compared_as_python_does(values: list[Any]) -> None:
    for one in values:
        for other in values:
            for items in ((one, other), ((1, one), (1, other)), ((one, [2]), (other, [1]))):
                queue: Any = shared.PriorityQueue()
                queue.put_many(items)
                # As copies: whether a NaN is the very same object makes a difference to a tuple.
                one_copy, other_copy = (pickle.loads(pickle.dumps(item)) for item in items)
                first = other_copy if other_copy < one_copy else one_copy
                assert repr(queue.get()) == repr(first)


class Failure(Exception):
    pass


class Incomparable:
    def __lt__(self, other: Any) -> bool:
        raise Failure


def test_a_comparison_that_raises_leaves_the_queue_as_it_was() -> None:
    before = _shm.statistics()
    queue: Any = shared.PriorityQueue()
    queue.put(Incomparable())
    with pytest.raises(Failure):
        queue.put(Incomparable())
    with pytest.raises(TypeError):
        queue.put("text")
    assert queue.qsize() == queue.unfinished_tasks == 1
    assert isinstance(queue.get(), Incomparable)
    del queue
    assert _shm.statistics() == before


@functools.total_ordering
class Slow:
    """Takes its time to compare."""

    def __init__(self, rank: int) -> None:
        self.rank = rank

    def __lt__(self, other: Slow) -> bool:
        time.sleep(0.001)
        return self.rank < other.rank

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Slow) and self.rank == other.rank


def test_threads_wait_while_one_compares() -> None:
    queue: Any = shared.PriorityQueue()
    threads = [
        threading.Thread(target=queue.put_many, args=([Slow(n) for n in range(start, 60, 3)],))
        for start in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [item.rank for item in _all_of(queue)] == list(range(60))


class Meddler:
    """Uses the queue while it is compared."""

    queue: Any = None

    def __lt__(self, other: Any) -> bool:
        self.queue.put(1)
        return True


def test_a_comparison_cannot_use_the_queue() -> None:
    Meddler.queue = shared.PriorityQueue()
    Meddler.queue.put(Meddler())
    with pytest.raises(RuntimeError, match="comparison of its own items"):
        Meddler.queue.put(Meddler())
    assert Meddler.queue.qsize() == 1
    assert isinstance(Meddler.queue.get(), Meddler)


class Forker:
    """Forks while it is compared."""

    child: Any = None

    def __lt__(self, other: Any) -> bool:
        type(self).child = os.fork()
        return True


def test_a_process_that_is_forked_by_a_comparison_is_not_in_the_middle_of_it() -> None:
    queue: Any = shared.PriorityQueue()
    queue.put(Forker())
    try:
        queue.put(Forker())
    except RuntimeError:
        os._exit(7)
    if Forker.child == 0:
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(Forker.child, 0)[1]) == 7
    assert queue.qsize() == 2


def test_arrays_of_equal_rank_need_no_copy_until_they_are_taken() -> None:
    numpy = pytest.importorskip("numpy")
    queue: Any = shared.PriorityQueue()
    queue.put_many((rank, numpy.full(300_000, rank)) for rank in (3, 1, 2))
    taken = _all_of(queue)
    assert [rank for rank, _ in taken] == [1, 2, 3]
    assert all((array == rank).all() for rank, array in taken)


def test_memory_that_an_item_refers_to_is_free_when_another_process_took_it() -> None:
    queue: Any = shared.PriorityQueue()
    queue.put(Holding(1, shared.SharedBuffer(b"x" * 1000)))
    queue.put(Holding(2, shared.SharedBuffer(b"x" * 1000)))
    _shm.bury_dead()  # children of earlier tests
    before = _shm.statistics()["blocks"]
    child = os.fork()
    if child == 0:
        queue.get()
        queue.get()
        os._exit(0)
    os.waitpid(child, 0)
    _shm.bury_dead()
    assert _shm.statistics()["blocks"] == before - 4


class Holding:
    """An item that refers to shared memory."""

    def __init__(self, rank: int, buffer: Any) -> None:
        self.rank, self.buffer = rank, buffer

    def __lt__(self, other: Holding) -> bool:
        return self.rank < other.rank


def test_waiting_for_an_item_ends_with_the_timeout_while_somebody_compares() -> None:
    queue: Any = shared.PriorityQueue()
    queue.put(Stuck())
    thread = threading.Thread(target=queue.put, args=(Stuck(),))
    thread.start()
    time.sleep(0.05)
    with pytest.raises(shared.Empty):
        queue.get(timeout=0.1)
    Stuck.go_on.set()
    thread.join()
    assert queue.qsize() == 2


class Stuck:
    go_on = threading.Event()

    def __lt__(self, other: Any) -> bool:
        return self.go_on.wait(30)
