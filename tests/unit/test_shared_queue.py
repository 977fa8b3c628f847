"""The queues of `anypickle.shared` in one process: their items, their limits, their errors."""

from __future__ import annotations

import gc
import queue as queue_module
import threading
import time
from typing import Any

import pytest

from anypickle import _shm, shared

pytestmark = pytest.mark.may_leave("descriptors")

every_kind = pytest.mark.parametrize(
    "kind", [shared.Queue, shared.LifoQueue, shared.PriorityQueue], ids=lambda kind: kind.__name__
)

ITEMS = [
    None,
    True,
    False,
    0,
    -1,
    2**63 - 1,
    2**63,
    -(2**200),
    0.0,
    -0.5,
    "",
    "text",
    "ü\N{SNOWMAN}",
    "\ud800",
    "x" * 5000,
    "x" * 100_000,
    b"",
    b"bytes",
    b"b" * 2_000_000,
    (),
    (1, "a", None),
    (1, (2, (3,))),
    tuple(range(100)),
    [1, [2], {"k": {3}}],
    bytearray(b"mutable"),
    {"a": 1},
    range(5),
    complex(1, 2),
]


@every_kind
@pytest.mark.parametrize("item", ITEMS, ids=lambda item: repr(item)[:20])
def test_an_item_arrives_as_it_was(item: Any, kind: Any) -> None:
    queue: Any = kind()
    queue.put(item)
    result = queue.get()
    assert type(result) is type(item)
    assert result == item


@every_kind
@pytest.mark.parametrize("size", [10, 10_000, 200_000, 3_000_000])
def test_arrays_arrive_writable_and_apart(size: int, kind: Any) -> None:
    numpy = pytest.importorskip("numpy")
    queue: Any = kind()
    array = numpy.arange(size)
    queue.put({"first": array, "again": array})
    result = queue.get()
    assert (result["first"] == array).all()
    assert result["again"] is result["first"]
    result["first"][0] = -1
    assert array[0] == 0


@every_kind
def test_what_cannot_be_pickled_raises_in_put(kind: Any) -> None:
    queue: Any = kind()
    with pytest.raises((TypeError, AttributeError)):
        queue.put(i for i in range(3))
    assert queue.empty()


def test_order_over_many_segments() -> None:
    queue: Any = shared.Queue()
    for i in range(50_000):
        queue.put((i, "some text to fill segments"))
    assert queue.qsize() == 50_000
    assert [queue.get()[0] for _ in range(50_000)] == list(range(50_000))


@every_kind
def test_nothing_stays_in_the_arena(kind: Any) -> None:
    gc.collect()  # what only cycles of earlier tests hold must not go in between
    before = _shm.statistics()
    queue: Any = kind()
    for i in range(20_000):
        queue.put(b"x" * (i % 500))
    queue.put(b"x" * 5_000_000)
    del queue
    after = _shm.statistics()
    assert (after["blocks"], after["bytes"]) == (before["blocks"], before["bytes"])


def test_many_at_once() -> None:
    queue: Any = shared.Queue()
    items = [*range(1000), "x" * 100_000, *range(5)]
    queue.put_many(items)
    got = []
    while not queue.empty():
        got += queue.get_many(100)
    assert got == items


@every_kind
def test_full_and_empty(kind: Any) -> None:
    queue: Any = kind(2)
    queue.put(1)
    queue.put(1)
    assert queue.full()
    with pytest.raises(shared.Full):
        queue.put_nowait(3)
    start = time.monotonic()
    with pytest.raises(shared.Full):
        queue.put(3, timeout=0.05)
    assert 0.04 < time.monotonic() - start < 15
    assert (queue.get(), queue.get()) == (1, 1)
    with pytest.raises(shared.Empty):
        queue.get_nowait()
    with pytest.raises(shared.Empty):
        queue.get(timeout=0.01)


@every_kind
def test_task_done_and_join(kind: Any) -> None:
    queue: Any = kind()
    with pytest.raises(ValueError, match="too many times"):
        queue.task_done()
    queue.put(1)
    assert queue.join(timeout=0.01) is False
    queue.get()
    threading.Timer(0.05, queue.task_done).start()
    assert queue.join(timeout=30) is True


@every_kind
def test_shutdown(kind: Any) -> None:
    queue: Any = kind()
    queue.put(1)
    queue.shutdown()
    with pytest.raises(shared.ShutDown):
        queue.put(2)
    assert list(queue) == [1]
    with pytest.raises(shared.ShutDown):
        queue.get()


@every_kind
def test_shutdown_wakes_who_waits(kind: Any) -> None:
    queue: Any = kind()
    threading.Timer(0.05, queue.shutdown).start()
    with pytest.raises(shared.ShutDown):
        queue.get(timeout=30)


@every_kind
def test_immediate_shutdown_empties_it(kind: Any) -> None:
    queue: Any = kind()
    queue.put("x" * 100_000)
    queue.shutdown(immediate=True)
    assert queue.empty()
    assert queue.join(timeout=1)
    with pytest.raises(shared.ShutDown):
        queue.get()


def test_get_from_within_an_item() -> None:
    queue: Any = shared.Queue()
    queue.put([Getter(queue)])
    queue.put("inner")
    assert queue.get() == ["inner"]


class Getter:
    """Unpickling it gets an item from the queue."""

    def __init__(self, queue: Any) -> None:
        self.queue = queue

    def __reduce__(self) -> Any:
        return get_one, (self.queue,)


def get_one(queue: Any) -> Any:
    return queue.get(timeout=5)


def test_a_plain_queue_that_is_sent_is_one_queue() -> None:
    requests: Any = shared.Queue()
    reply: Any = queue_module.Queue()
    requests.put(("question", {"reply": reply}))
    _, options = requests.get()
    options["reply"].put("answer")
    assert reply.get(timeout=5) == "answer"
    assert options["reply"] is reply


def test_a_shared_queue_in_a_queue_is_the_same_and_a_lock_is_a_fresh_one() -> None:
    outer: Any = shared.Queue()
    inner: Any = shared.Queue()
    shared_lock, own_lock = shared.Lock(), threading.Lock()
    outer.put([inner, {"shared": shared_lock, "own": own_lock}])
    arrived, locks = outer.get()
    arrived.put(1)
    assert inner.get(timeout=5) == 1
    with locks["shared"]:
        assert shared_lock.locked()
    with locks["own"]:
        assert not own_lock.locked()
