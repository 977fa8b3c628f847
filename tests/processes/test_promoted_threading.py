"""Conditions, events, semaphores and barriers that processes were handed, with threads of the parent that wait."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from multiprocessing.context import BaseContext
from typing import Any

import pytest

import anypickle
from tests.helpers import proc
from tests.helpers.started import end, start

pytestmark = pytest.mark.may_leave("descriptors")


@pytest.fixture(autouse=True)
def _no_thread_of_ours(installed: None) -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("anypickle")]


def _asleep(condition: Any, number: int) -> bool:
    """Whether so many wait; who has said so but has not slept yet still holds the condition."""
    with condition:
        return len(condition._waiters) == number


def _notify(condition: Any, n: int) -> None:
    with condition:
        condition.notify(n)


def test_a_child_notifies_threads_that_waited_before_it_was_started(mp: BaseContext) -> None:
    condition: Any = threading.Condition()
    condition.mine = "mine"
    done: list[bool] = []

    def wait(timeout: float | None = None) -> None:
        with condition:
            done.append(condition.wait(timeout))

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert proc.wait_until(lambda: _asleep(condition, 2), seconds=20)
    end(start(mp, _notify, condition, 1))
    assert proc.wait_until(lambda: done == [True], seconds=10)
    end(start(mp, _notify, condition, 5))
    for thread in threads:
        thread.join(30)
    assert done == [True, True]


def _take_and_notify(condition: Any, counter: Any) -> None:
    assert isinstance(condition, threading.Condition)
    with condition:
        counter.value = 1
        condition.notify_all()
        assert condition.wait_for(lambda: counter.value == 2, 20)


def test_a_condition_goes_both_ways_while_its_starter_holds_it(mp: BaseContext) -> None:
    condition = threading.Condition()
    counter: Any = mp.RawValue("i", 0)  # type: ignore[attr-defined]
    with condition:
        process = start(mp, _take_and_notify, condition, counter)
        assert condition.wait_for(lambda: counter.value == 1, 20)
        counter.value = 2
        condition.notify()
    end(process)


def _follow(event: Any, answer: Any) -> None:
    assert isinstance(event, threading.Event) and event.is_set()
    answer.set()
    while event.is_set():
        time.sleep(0.001)
    answer.clear()


def test_an_event_is_seen_at_once_on_both_sides(mp: BaseContext) -> None:
    event, answer = threading.Event(), threading.Event()
    event.set()
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(answer.wait(30)))
    thread.start()
    process = start(mp, _follow, event, answer)
    thread.join(30)
    assert done == [True]
    event.clear()
    end(process)
    assert not answer.is_set() and not event.is_set()


class Worker:
    """Is stopped by an event of its own."""

    def __init__(self) -> None:
        self.stop = threading.Event()

    def run(self) -> None:
        assert self.stop.wait(30)


def test_the_event_of_an_object_is_shared_and_opens_no_door(mp: BaseContext) -> None:
    worker = Worker()
    process = start(mp, worker.run)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("anypickle")]
    worker.stop.set()
    end(process)


def _use_permits(semaphore: Any, barrier: Any, most: Any, now: Any) -> None:
    barrier.wait(30)
    for _ in range(10):
        with semaphore:
            with now.get_lock():
                now.value += 1
                most.value = max(most.value, now.value)
            time.sleep(0.001)
            with now.get_lock():
                now.value -= 1


def test_permits_are_counted_over_all_processes(mp: BaseContext) -> None:
    semaphore, barrier = threading.BoundedSemaphore(2), threading.Barrier(3)
    most, now = mp.RawValue("i", 0), mp.Value("i", 0)  # type: ignore[attr-defined]
    processes = [start(mp, _use_permits, semaphore, barrier, most, now) for _ in range(2)]
    _use_permits(semaphore, barrier, most, now)
    end(*processes)
    assert 1 <= most.value <= 2
    assert semaphore.acquire(blocking=False) and semaphore.acquire(blocking=False)
    assert not semaphore.acquire(blocking=False)
    semaphore.release(2)
    with pytest.raises(ValueError, match="released too many times"):
        semaphore.release()


def _arrive(barrier: Any) -> None:
    barrier.wait(60)


def test_a_barrier_breaks_when_somebody_is_killed_who_waits(mp: BaseContext) -> None:
    barrier = threading.Barrier(3)
    victim = start(mp, _arrive, barrier)

    def arrived() -> bool:
        with barrier._condition:  # type: ignore[attr-defined]  # else it is in there and has not slept yet
            return barrier.n_waiting == 1

    assert proc.wait_until(arrived, seconds=20)
    os.kill(victim.pid, signal.SIGKILL)
    victim.join(30)
    with pytest.raises(threading.BrokenBarrierError):
        barrier.wait(20)


def _die_in_the_middle(condition: Any) -> None:
    with condition:
        os.kill(os.getpid(), signal.SIGKILL)


def _wait_for_ever(condition: Any) -> None:
    with condition:
        condition.wait()


def test_who_is_killed_while_he_waits_takes_no_wakeup_along(mp: BaseContext) -> None:
    condition: Any = threading.Condition()
    done: list[bool] = []

    def wait() -> None:
        with condition:
            done.append(condition.wait(30))

    victim = start(mp, _wait_for_ever, condition)
    assert proc.wait_until(lambda: _asleep(condition, 1), seconds=20)
    thread = threading.Thread(target=wait)
    thread.start()
    assert proc.wait_until(lambda: _asleep(condition, 2), seconds=20)
    os.kill(victim.pid, signal.SIGKILL)
    victim.join(30)
    with condition:
        condition.notify()
    thread.join(30)
    assert done == [True]
    holder = start(mp, _die_in_the_middle, condition)
    holder.join(30)
    with pytest.warns(anypickle.OwnerDiedWarning):
        condition.acquire()
    condition.release()
