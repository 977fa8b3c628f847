"""Queues that a process is handed are one queue for both sides, under every start method, wherever they lie."""

from __future__ import annotations

import functools
import multiprocessing
import os
import queue
import signal
import threading
import time
from multiprocessing.context import BaseContext
from typing import Any

import pytest

import anypickle
from anypickle.shared.promoted import PromotedQueue
from tests.helpers.started import end, start

pytestmark = [pytest.mark.may_leave("descriptors"), pytest.mark.usefixtures("installed")]


def _put_all(where: Any, items: list[Any]) -> None:
    for item in items:
        where.put(item)


def _echo(source: Any, target: Any) -> None:
    for item in iter(source.get, None):
        target.put((item, os.getpid()))
        source.task_done()
    source.task_done()


def test_a_queue_is_one_queue_for_parent_and_children(mp: BaseContext) -> None:
    there: queue.Queue[Any] = queue.Queue()
    back: queue.Queue[Any] = queue.Queue()
    there.put("was there")
    processes = [start(mp, _echo, there, back) for _ in range(2)]
    for item in ("a", "b", None, None):
        there.put(item)
    got = [back.get(timeout=30) for _ in range(3)]
    assert sorted(item for item, _ in got) == ["a", "b", "was there"]
    assert os.getpid() not in {pid for _, pid in got}
    end(*processes)
    there.join()
    with pytest.raises(queue.Empty):
        back.get_nowait()


class Worker:
    """Holds a queue, as programs do."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[Any] = queue.Queue(3)
        self.lock = threading.Lock()
        self.nested = {"deep": [self.inbox]}

    def run(self, n: int) -> None:
        with self.lock:
            for number in range(n):
                self.inbox.put(number)
        assert self.nested["deep"][0] is self.inbox


def test_a_queue_that_an_object_holds_is_one_queue(mp: BaseContext) -> None:
    worker = Worker()
    process = start(mp, worker.run, 10)
    assert [worker.inbox.get(timeout=30) for _ in range(10)] == list(range(10))
    end(process)
    assert worker.inbox.maxsize == 3


class Sender(multiprocessing.Process):
    """A Process that was given a queue by its constructor."""

    def __init__(self, inbox: queue.Queue[Any]) -> None:
        super().__init__()
        self.inbox = inbox

    def run(self) -> None:
        self.inbox.put("sent")


def test_a_queue_given_to_a_subclass_of_process_is_one_queue() -> None:
    inbox: queue.Queue[Any] = queue.Queue()
    process = Sender(inbox)
    process.start()
    assert inbox.get(timeout=30) == "sent"
    end(process)


def test_queues_in_containers_partials_and_closures_are_found(mp: BaseContext) -> None:
    made: list[queue.Queue[Any]] = [queue.Queue() for _ in range(4)]
    processes = [
        start(mp, _put_all, (made[0], 0)[0], ["tuple"]),
        start(mp, functools.partial(_put_all, made[1]), ["partial"]),
        start(mp, lambda: made[2].put("closure")),
        start(mp, _put_in, {"key": [made[3]]}),
    ]
    assert [q.get(timeout=30) for q in made] == ["tuple", "partial", "closure", "dict"]
    end(*processes)


def _put_in(where: dict[str, Any]) -> None:
    where["key"][0].put("dict")


def test_threads_that_waited_before_the_process_was_started_get_its_items(mp: BaseContext) -> None:
    inbox: queue.Queue[Any] = queue.Queue()
    got: list[Any] = []
    thread = threading.Thread(target=lambda: got.append(inbox.get(timeout=30)))
    thread.start()
    time.sleep(0.05)
    end(start(mp, _put_all, inbox, [7]))
    thread.join(30)
    assert got == [7]


class LastFirst(queue.Queue[Any]):
    """A queue with an order of its own."""

    def _get(self) -> Any:
        return self.queue.pop()


@pytest.mark.parametrize(
    "kind", [queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue, LastFirst]
)
def test_queues_of_other_kinds_keep_their_order(mp: BaseContext, kind: Any) -> None:
    inbox = kind()
    inbox.put(4)
    end(start(mp, _put_all, inbox, [3, 1, 2]))
    expected = {queue.SimpleQueue: [4, 3, 1, 2], queue.PriorityQueue: [1, 2, 3, 4]}
    assert [inbox.get(timeout=30) for _ in range(4)] == expected.get(kind, [2, 1, 3, 4])
    end(start(mp, _expect_empty, inbox))
    assert isinstance(inbox, kind)
    assert isinstance(inbox, PromotedQueue) == (kind in (queue.LifoQueue, queue.PriorityQueue))


def test_a_queue_with_an_order_of_its_own_survives_who_made_it(mp: BaseContext) -> None:
    back: queue.Queue[Any] = queue.Queue()
    end(start(mp, _make_and_send, back))
    made = back.get(timeout=30)
    assert [made.get(timeout=30) for _ in range(3)] == [(1, "b"), (2, "a"), (3, "c")]


def _make_and_send(back: Any) -> None:
    made: queue.PriorityQueue[Any] = queue.PriorityQueue()
    for item in ((2, "a"), (1, "b"), (3, "c")):
        made.put(item)
    back.put(made)


class Holder:
    """Has queues that can't be promoted in every place that a child can be handed them in."""

    __slots__ = ("closure", "inbox", "nested", "slot")

    def __init__(self, inbox: Any) -> None:
        self.inbox = inbox
        self.slot = {"list": [inbox], "tuple": ((inbox, 1), 2)}
        self.nested = [functools.partial(_put_all, inbox), inbox.put]
        self.closure = lambda: inbox.put("closure")

    def run(self) -> None:
        self.inbox.put("attribute")
        self.slot["list"][0].put("list")
        self.slot["tuple"][0][0].put("tuple")  # type: ignore[index]
        self.nested[0](["partial"])
        self.nested[1]("method")
        self.closure()


@pytest.mark.parametrize("kind", [queue.Queue, queue.LifoQueue, queue.SimpleQueue])
def test_queues_of_every_kind_are_found_in_what_an_object_holds(mp: BaseContext, kind: Any) -> None:
    holder = Holder(kind())
    inbox, held = holder.inbox, holder.slot["list"]
    end(start(mp, holder.run))
    arrived = {inbox.get(timeout=30) for _ in range(6)}
    assert arrived == {"attribute", "list", "tuple", "partial", "method", "closure"}
    assert holder.inbox is inbox and holder.slot["list"] is held and held == [inbox]


def _expect_empty(inbox: Any) -> None:
    with pytest.raises(queue.Empty):
        inbox.get(timeout=0.05)
    with pytest.raises(queue.Empty):
        inbox.get_nowait()
    assert inbox.empty() and inbox.qsize() == 0


def test_an_item_that_cannot_cross_is_an_error_where_it_is_taken_out(mp: BaseContext) -> None:
    inbox: queue.Queue[Any] = queue.Queue()
    report: queue.Queue[Any] = queue.Queue()
    inbox.put(i for i in ())
    with pytest.warns(anypickle.PolicyWarning, match="generator"):
        process = start(mp, _report_error, inbox, report)
    assert "generator" in report.get(timeout=30)
    end(process)


def _report_error(inbox: Any, report: Any) -> None:
    try:
        inbox.get(timeout=20)
    except TypeError as error:
        report.put(str(error))


class Request:
    def __init__(self) -> None:
        self.answered = threading.Event()


class Server:
    """Its threads answer requests that are put into its queue; its processes do something else."""

    def __init__(self) -> None:
        self.requests: queue.Queue[Any] = queue.Queue()

    def serve(self) -> None:
        for request in iter(self.requests.get, None):
            request.answered.set()

    def work(self) -> None:
        pass


def test_a_queue_between_threads_goes_on_as_before(mp: BaseContext) -> None:
    server = Server()
    thread = threading.Thread(target=server.serve)
    thread.start()
    process = start(mp, server.work)
    request = Request()
    server.requests.put(request)
    assert request.answered.wait(20)
    server.requests.put(None)
    thread.join(20)
    end(process)


def test_items_of_main_and_of_modules_keep_their_class(mp: BaseContext) -> None:
    inbox: queue.Queue[Any] = queue.Queue()
    report: queue.Queue[Any] = queue.Queue()
    inbox.put(Request())
    process = start(mp, _report_class, inbox, report)
    assert report.get(timeout=30) is True
    assert isinstance(report.get(timeout=30), Request)
    end(process)


def _report_class(inbox: Any, report: Any) -> None:
    request = inbox.get(timeout=20)
    report.put(isinstance(request, Request))
    report.put(request)


def test_a_killed_worker_does_not_hold_up_the_others(mp: BaseContext) -> None:
    inbox: queue.Queue[Any] = queue.Queue()
    victim = start(mp, inbox.get)
    time.sleep(0.3)
    os.kill(victim.pid, signal.SIGKILL)
    victim.join(30)
    with pytest.raises(queue.Empty):
        inbox.get(timeout=0.2)
    inbox.put(1, timeout=20)
    assert inbox.get(timeout=20) == 1
