"""Locks that a process is handed are one for both sides, under every start method; what an object owns is its own."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
import time
import warnings
from multiprocessing.context import BaseContext
from typing import Any

import pytest

import anypickle
from tests.helpers.started import end, start

pytestmark = [pytest.mark.may_leave("descriptors"), pytest.mark.usefixtures("installed")]


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
    processes = [start(mp, _count, lock, counter, 25) for _ in range(3)]
    _count(lock, counter, 25)
    end(*processes)
    assert counter.value == 100


def test_a_semaphore_lets_as_many_in_as_it_has_permits(mp: BaseContext) -> None:
    semaphore = threading.BoundedSemaphore(2)
    semaphore.acquire()
    report: queue.Queue[Any] = queue.Queue()
    process = start(mp, _try_permits, [semaphore], report)
    assert report.get(timeout=30) == [True, False, True]
    end(process)
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
    process = start(mp, _wait_for, event, report=report)
    assert report.get(timeout=30) is False
    event.set()
    assert report.get(timeout=30) is True
    assert report.get(timeout=30) is False
    end(process)
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
    process = start(mp, worker.run)
    assert worker.started.wait(30)
    with worker.lock:  # the child holds its own
        worker.stop.set()
    end(process)


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
        end(start(mp, guarded.run))
        assert guarded.lock.locked()


def test_an_event_that_a_task_carries_along_is_its_own(mp: BaseContext) -> None:
    worker = Stoppable()
    worker.stop.set()
    with mp.Pool(1) as pool:  # type: ignore[attr-defined]
        pool.apply(worker.run)
    assert not worker.started.is_set()


def test_a_method_of_what_is_shared_reaches_the_caller(mp: BaseContext) -> None:
    event, outbox = threading.Event(), queue.SimpleQueue[Any]()
    end(start(mp, event.set))
    assert event.is_set()
    end(start(mp, _call_all, [outbox.put, event.clear], 5))
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
        process = start(mp, _notify, condition, barrier)
        assert barrier.wait(30) in (0, 1)
        assert condition.wait(30)
    end(process)


class Worker:
    """Owns a lock, and has a queue to answer by."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[Any] = queue.Queue()
        self.lock = threading.Lock()

    def run(self) -> None:
        with self.lock:
            self.inbox.put("done")


def test_a_lock_that_an_object_owns_is_its_own_on_each_side(mp: BaseContext) -> None:
    worker = Worker()
    with worker.lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", anypickle.HeldLockWarning)
        process = start(mp, worker.run)
        assert worker.inbox.get(timeout=30) == "done"
        end(process)


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
    victim = start(mp, _die_holding, lock)
    other = start(mp, _wait_and_acquire, lock)
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
    victim = start(mp, _die_holding, lock)
    victim.join(30)
    end(start(mp, _acquire, lock))


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
        process = start(mp, _grandchild, lock, report)
        assert report.get(timeout=30) is False
        end(process)
