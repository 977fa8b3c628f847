"""What is handed to a process is one thing for both sides, under every start method; what an object owns is its own."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import queue
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext
from typing import Any

import pytest

import anypickle
from anypickle.shared.promoted import PromotedQueue
from tests.helpers import proc

pytestmark = pytest.mark.may_leave("descriptors")


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    with anypickle.installed():
        yield


def _start(mp: BaseContext, target: Any, *args: Any, **kwargs: Any) -> Any:
    process = mp.Process(target=target, args=args, kwargs=kwargs)  # type: ignore[attr-defined]
    process.start()
    return process


def _end(*processes: Any) -> None:
    for process in processes:
        process.join(30)
        assert process.exitcode == 0


# --- queues -------------------------------------------------------------------------------------------------------


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
    processes = [_start(mp, _echo, there, back) for _ in range(2)]
    for item in ("a", "b", None, None):
        there.put(item)
    got = [back.get(timeout=30) for _ in range(3)]
    assert sorted(item for item, _ in got) == ["a", "b", "was there"]
    assert os.getpid() not in {pid for _, pid in got}
    _end(*processes)
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
    process = _start(mp, worker.run, 10)
    assert [worker.inbox.get(timeout=30) for _ in range(10)] == list(range(10))
    _end(process)
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
    _end(process)


def test_queues_in_containers_partials_and_closures_are_found(mp: BaseContext) -> None:
    made: list[queue.Queue[Any]] = [queue.Queue() for _ in range(4)]
    processes = [
        _start(mp, _put_all, (made[0], 0)[0], ["tuple"]),
        _start(mp, functools.partial(_put_all, made[1]), ["partial"]),
        _start(mp, lambda: made[2].put("closure")),
        _start(mp, _put_in, {"key": [made[3]]}),
    ]
    assert [q.get(timeout=30) for q in made] == ["tuple", "partial", "closure", "dict"]
    _end(*processes)


def _put_in(where: dict[str, Any]) -> None:
    where["key"][0].put("dict")


def test_threads_that_waited_before_the_process_was_started_get_its_items(mp: BaseContext) -> None:
    inbox: queue.Queue[Any] = queue.Queue()
    got: list[Any] = []
    thread = threading.Thread(target=lambda: got.append(inbox.get(timeout=30)))
    thread.start()
    time.sleep(0.05)
    _end(_start(mp, _put_all, inbox, [7]))
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
    _end(_start(mp, _put_all, inbox, [3, 1, 2]))
    expected = {queue.SimpleQueue: [4, 3, 1, 2], queue.PriorityQueue: [1, 2, 3, 4]}
    assert [inbox.get(timeout=30) for _ in range(4)] == expected.get(kind, [2, 1, 3, 4])
    _end(_start(mp, _expect_empty, inbox))
    assert isinstance(inbox, kind)
    assert isinstance(inbox, PromotedQueue) == (kind in (queue.LifoQueue, queue.PriorityQueue))


def test_a_queue_with_an_order_of_its_own_survives_who_made_it(mp: BaseContext) -> None:
    back: queue.Queue[Any] = queue.Queue()
    _end(_start(mp, _make_and_send, back))
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
    _end(_start(mp, holder.run))
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
        process = _start(mp, _report_error, inbox, report)
    assert "generator" in report.get(timeout=30)
    _end(process)


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
    process = _start(mp, server.work)
    request = Request()
    server.requests.put(request)
    assert request.answered.wait(20)
    server.requests.put(None)
    thread.join(20)
    _end(process)


def test_items_of_main_and_of_modules_keep_their_class(mp: BaseContext) -> None:
    inbox: queue.Queue[Any] = queue.Queue()
    report: queue.Queue[Any] = queue.Queue()
    inbox.put(Request())
    process = _start(mp, _report_class, inbox, report)
    assert report.get(timeout=30) is True
    assert isinstance(report.get(timeout=30), Request)
    _end(process)


def _report_class(inbox: Any, report: Any) -> None:
    request = inbox.get(timeout=20)
    report.put(isinstance(request, Request))
    report.put(request)


def test_a_killed_worker_does_not_hold_up_the_others(mp: BaseContext) -> None:
    inbox: queue.Queue[Any] = queue.Queue()
    victim = _start(mp, inbox.get)
    time.sleep(0.3)
    os.kill(victim.pid, signal.SIGKILL)
    victim.join(30)
    start = time.monotonic()
    with pytest.raises(queue.Empty):
        inbox.get(timeout=0.2)
    inbox.put(1, timeout=1)
    assert inbox.get(timeout=1) == 1
    assert time.monotonic() - start < 2


# --- locks --------------------------------------------------------------------------------------------------------


def _count(lock: Any, counter: Any, times: int) -> None:
    for _ in range(times):
        with lock:
            seen = counter.value
            time.sleep(0.0001)
            counter.value = seen + 1


@pytest.mark.parametrize("make", [threading.Lock, threading.RLock, threading.Condition])
def test_a_lock_that_is_an_argument_excludes_everybody(mp: BaseContext, make: Any) -> None:
    lock = make()
    counter = mp.RawValue("i", 0)
    processes = [_start(mp, _count, lock, counter, 25) for _ in range(3)]
    _count(lock, counter, 25)
    _end(*processes)
    assert counter.value == 100


def test_a_semaphore_lets_as_many_in_as_it_has_permits(mp: BaseContext) -> None:
    semaphore = threading.BoundedSemaphore(2)
    semaphore.acquire()
    report: queue.Queue[Any] = queue.Queue()
    process = _start(mp, _try_permits, [semaphore], report)
    assert report.get(timeout=30) == [True, False, True]
    _end(process)
    semaphore.release()
    with pytest.raises(ValueError, match="released too many times"):
        semaphore.release()


def _try_permits(semaphores: list[Any], report: Any) -> None:
    semaphore = semaphores[0]
    assert isinstance(semaphore, threading.Semaphore)
    got = [semaphore.acquire(timeout=5), semaphore.acquire(blocking=False)]
    semaphore.release()
    got.append(semaphore.acquire(timeout=5))
    semaphore.release()
    report.put(got)


def _wait_for(event: Any, report: Any) -> None:
    assert isinstance(event, threading.Event)
    report.put(event.is_set())
    report.put(event.wait(30))
    event.clear()
    report.put(event.wait(0.01))


def test_an_event_is_seen_on_both_sides(mp: BaseContext) -> None:
    event = threading.Event()
    report: queue.Queue[Any] = queue.Queue()
    process = _start(mp, _wait_for, event, report=report)
    assert report.get(timeout=30) is False
    event.set()
    assert report.get(timeout=30) is True
    assert report.get(timeout=30) is False
    _end(process)
    assert not event.is_set()


class Stoppable:
    """Runs until it is told to stop, by an event of its own."""

    def __init__(self) -> None:
        self.stop, self.started = threading.Event(), threading.Event()
        self.lock = threading.Lock()

    def run(self) -> None:
        with self.lock:
            self.started.set()
            assert self.stop.wait(30)


def test_the_event_of_an_object_tells_its_method_in_the_child(mp: BaseContext) -> None:
    worker = Stoppable()
    process = _start(mp, worker.run)
    assert worker.started.wait(30)
    with worker.lock:  # the child holds its own
        worker.stop.set()
    _end(process)


class Guarded:
    """Starts its method while it holds its locks."""

    def __init__(self) -> None:
        self.lock, self.rlock = threading.Lock(), threading.RLock()
        self.condition = threading.Condition()

    def run(self) -> None:
        for lock in (self.lock, self.rlock, self.condition):
            assert lock.acquire(timeout=10)
            lock.release()


@pytest.mark.filterwarnings("ignore::anypickle.HeldLockWarning")
def test_a_lock_that_is_held_while_a_process_is_started_is_free_there(mp: BaseContext) -> None:
    guarded = Guarded()
    with guarded.lock, guarded.rlock, guarded.condition:
        _end(_start(mp, guarded.run))
        assert guarded.lock.locked()


def test_an_event_that_a_task_carries_along_is_its_own(mp: BaseContext) -> None:
    worker = Stoppable()
    worker.stop.set()
    with mp.Pool(1) as pool:  # type: ignore[attr-defined]
        pool.apply(worker.run)
    assert not worker.started.is_set()


def test_a_method_of_what_is_shared_reaches_the_caller(mp: BaseContext) -> None:
    event, outbox = threading.Event(), queue.SimpleQueue[Any]()
    _end(_start(mp, event.set))
    assert event.is_set()
    _end(_start(mp, _call_all, [outbox.put, event.clear], 5))
    assert outbox.get(timeout=30) == 5 and not event.is_set()
    with mp.Pool(1) as pool:  # type: ignore[attr-defined]
        pool.apply(event.set)
        assert event.is_set()
        pool.apply(_call_all, ([event.clear],))
        assert not event.is_set()


def _call_all(methods: list[Any], *arguments: Any) -> None:
    for method in methods:
        method(*(arguments if "put" in method.__name__ else ()))


class PoolOwner:
    """Sends its own methods to a pool that it owns."""

    def __init__(self, mp: Any) -> None:
        self.lock = threading.Lock()
        self.pool = mp.Pool(2)

    def double(self, number: int) -> int:
        with self.lock:
            return 2 * number

    def run(self) -> list[int]:
        doubled: list[int] = self.pool.map(self.double, range(4))
        return doubled


def test_an_object_sends_itself_to_its_own_pool(mp: BaseContext) -> None:
    owner = PoolOwner(mp)
    with owner.pool:
        assert owner.run() == [0, 2, 4, 6]
    owner.pool.join()


def _notify(condition: Any, barrier: Any) -> None:
    barrier.wait(30)
    with condition:
        condition.notify_all()
    with condition:
        assert condition.wait_for(lambda: True, 1)


def test_conditions_and_barriers_meet(mp: BaseContext) -> None:
    condition, barrier = threading.Condition(), threading.Barrier(2)
    with condition:
        process = _start(mp, _notify, condition, barrier)
        assert barrier.wait(30) in (0, 1)
        assert condition.wait(30)
    _end(process)


def test_a_lock_that_an_object_owns_is_its_own_on_each_side(mp: BaseContext) -> None:
    worker = Worker()
    held: Any = worker.lock
    if mp.get_start_method() == "fork":
        held = contextlib.nullcontext()  # fork copies a held lock as held, and nobody is asked
    with held, warnings.catch_warnings():
        warnings.simplefilter("ignore", anypickle.HeldLockWarning)
        process = _start(mp, worker.run, 1)
        assert worker.inbox.get(timeout=30) == 0
        _end(process)


def _die_holding(lock: Any) -> None:
    lock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)


def _acquire(lock: Any) -> None:
    with pytest.warns(anypickle.OwnerDiedWarning):
        assert lock.acquire(timeout=20)
    lock.release()


@pytest.mark.parametrize("make", [threading.Lock, threading.RLock])
def test_a_lock_comes_back_when_its_holder_is_killed(mp: BaseContext, make: Any) -> None:
    lock = make()
    victim = _start(mp, _die_holding, lock)
    other = _start(mp, _wait_and_acquire, lock)
    victim.join(30)
    other.join(30)
    assert other.exitcode == 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", anypickle.OwnerDiedWarning)  # if the other one was first
        assert lock.acquire(timeout=20)
    lock.release()


def _wait_and_acquire(lock: Any) -> None:
    time.sleep(0.2)
    with contextlib.suppress(Warning):
        warnings.simplefilter("ignore")
        assert lock.acquire(timeout=20)
        lock.release()


def test_who_gets_the_lock_of_a_killed_process_is_told(mp: BaseContext) -> None:
    lock = threading.Lock()
    victim = _start(mp, _die_holding, lock)
    victim.join(30)
    _end(_start(mp, _acquire, lock))


def _grandchild(lock: Any, report: Any) -> None:
    process = multiprocessing.get_context("fork").Process(
        target=_report_locked, args=(lock, report)
    )
    process.start()
    process.join(30)


def _report_locked(lock: Any, report: Any) -> None:
    report.put(lock.acquire(blocking=False))


def test_a_loan_can_be_handed_on(mp: BaseContext) -> None:
    lock = threading.Lock()
    report: queue.Queue[Any] = queue.Queue()
    with lock:
        process = _start(mp, _grandchild, lock, report)
        assert report.get(timeout=30) is False
        _end(process)


# --- tasks --------------------------------------------------------------------------------------------------------


def _use(lock: Any, inbox: Any) -> tuple[Any, Any]:
    with lock:
        inbox.put(os.getpid())
    return lock, inbox


def _use_pair(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    return _use(*pair)


def test_arguments_of_a_pool_are_shared(mp: BaseContext) -> None:
    lock, inbox = threading.Lock(), queue.Queue[Any]()
    with mp.Pool(2) as pool:
        answers = pool.map(_use_pair, [(lock, inbox)] * 3)
        answers.append(pool.apply(_use, (lock,), {"inbox": inbox}))
    assert inbox.qsize() == 4
    assert isinstance(inbox, PromotedQueue)
    assert all(answer == (lock, inbox) for answer in answers)


def test_arguments_of_an_executor_are_shared(mp: BaseContext) -> None:
    lock, inbox = threading.Lock(), queue.Queue[Any]()
    with lock, ProcessPoolExecutor(1, mp_context=mp) as executor:
        blocked = executor.submit(_try_lock, lock)
        assert blocked.result(30) is False
        assert executor.submit(_put_all, inbox, [1]).result(30) is None
    assert inbox.get(timeout=1) == 1


def _try_lock(lock: Any) -> bool:
    got: bool = lock.acquire(timeout=0.1)
    return got


def _make_queue() -> queue.Queue[Any]:
    made: queue.Queue[Any] = queue.Queue()
    made.put("made there")
    return made


def _send_last_words(connection: Any) -> None:
    connection.send(_make_queue())


def test_a_queue_outlives_the_process_that_made_it(mp: BaseContext) -> None:
    reader, writer = mp.Pipe(duplex=False)
    process = _start(mp, _send_last_words, writer)
    _end(process)
    assert reader.recv().get(timeout=1) == "made there"
    reader.close()
    writer.close()


# --- what is left -------------------------------------------------------------------------------------------------


def test_the_door_is_closed_when_all_borrowers_are_gone(mp: BaseContext) -> None:
    _end(_start(mp, _try_lock, threading.Lock()))
    assert proc.wait_until(
        lambda: not [t for t in threading.enumerate() if t.name.startswith("anypickle")], seconds=10
    )


def test_a_start_that_fails_leaves_the_arguments_alone() -> None:
    lock = threading.Lock()
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=int, args=(lock, (i for i in ())))
    with pytest.raises(TypeError, match="generator"):
        process.start()
    assert process._args[0] is lock  # type: ignore[attr-defined]
