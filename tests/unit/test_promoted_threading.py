"""Conditions, events, semaphores and barriers that are promoted while threads are in the middle of their methods."""

from __future__ import annotations

import copy
import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import anypickle
from anypickle.shared import promoted_threading
from tests.helpers import proc

pytestmark = pytest.mark.may_leave("descriptors")


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    with anypickle.installed():
        yield


@contextmanager
def _threads(*works: Callable[[], Any]) -> Iterator[list[Any]]:
    """What the works return, in the order in which they are done; all of them are by the end."""
    done: list[Any] = []
    threads = [threading.Thread(target=lambda work=work: done.append(work())) for work in works]
    for thread in threads:
        thread.start()
    yield done
    for thread in threads:
        thread.join(30)
    assert len(done) == len(works)


def _waiting(condition: Any, number: int) -> bool:
    return proc.wait_until(lambda: len(condition._waiters) == number, seconds=10)


def _make(kind: str) -> Any:
    return threading.Barrier(2) if kind == "Barrier" else getattr(threading, kind)()


KINDS = ["Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_looks_as_before(kind: str) -> None:
    obj = _make(kind)
    before = repr(obj)
    obj.mine = "mine"
    promoted_threading.promote(obj)
    promoted_threading.promote(obj)
    assert promoted_threading.is_promoted(obj)
    assert isinstance(obj, getattr(threading, kind))
    assert repr(obj) == before
    assert repr(type(obj)) == f"<class 'threading.{kind}'>"
    assert obj.mine == "mine"


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_is_a_fresh_one(kind: str) -> None:
    plain, obj = _make(kind), _make(kind)
    promoted_threading.promote(obj)
    for copied in (pickle.loads(pickle.dumps(obj)), copy.deepcopy(obj)):
        assert type(copied) is getattr(threading, kind)
        assert set(vars(copied)) == set(vars(plain))


def test_who_waits_for_a_condition_is_woken_by_who_notifies_and_by_nobody_else() -> None:
    condition: Any = threading.Condition()

    def wait(timeout: float | None = None) -> bool:
        with condition:
            return condition.wait(timeout)

    with _threads(wait, wait, wait, lambda: wait(0.1)) as done:
        assert _waiting(condition, 4)
        promoted_threading.promote(condition)
        assert proc.wait_until(lambda: done == [False], seconds=10)
        assert len(condition._waiters) == 3
        with condition:
            condition.notify()
        assert proc.wait_until(lambda: done == [False, True], seconds=10)
        with condition:
            condition.notify_all()


def test_who_was_notified_at_the_moment_of_promotion_takes_no_other_ones_notification() -> None:
    condition: Any = threading.Condition()

    def wait() -> bool:
        with condition:
            return bool(condition.wait(20))

    with _threads(wait) as done:
        assert _waiting(condition, 1)
        gone = threading.Lock()  # its thread has woken, and its notifier has not removed it yet
        assert gone.acquire()
        condition._waiters.insert(0, gone)
        promoted_threading.promote(condition)
        with condition:
            condition.notify()
        del gone  # what its thread does on its way out
    assert done == [True]


def test_a_condition_is_promoted_while_its_lock_is_held() -> None:
    condition: Any = threading.Condition()
    with condition, _threads(lambda: promoted_threading.promote(condition)):
        pass
    with condition, _threads(lambda: condition._is_owned()) as owned:
        assert condition._is_owned()
    assert owned == [False]


def test_two_conditions_over_one_lock() -> None:
    lock = threading.Lock()
    first, second = threading.Condition(lock), threading.Condition(lock)
    promoted_threading.promote(first)
    promoted_threading.promote(second)

    def wait(condition: Any) -> bool:
        with condition:
            return bool(condition.wait(20))

    with _threads(lambda: wait(first)) as done:
        assert _waiting(first, 1)
        with second:
            second.notify_all()
        assert not done
        with lock:
            first.notify_all()


def test_a_condition_that_another_kind_of_lock_waits_for_stays_as_it_is() -> None:
    import _thread

    condition: Any = threading.Condition()
    waiter = _thread.allocate_lock()
    condition._waiters.append(waiter)
    assert not promoted_threading.can_promote(condition)
    assert not promoted_threading.can_promote(threading.Condition(_thread.allocate_lock()))


def test_who_waits_for_an_event_or_a_permit_goes_on() -> None:
    event, semaphore = threading.Event(), threading.Semaphore(0)
    with _threads(event.wait, event.wait, lambda: event.wait(0.05)) as done:
        assert _waiting(event._cond, 3)  # type: ignore[attr-defined]
        promoted_threading.promote(event)
        assert proc.wait_until(lambda: done == [False], seconds=10)
        event.set()
    assert done == [False, True, True]
    with _threads(semaphore.acquire, lambda: semaphore.acquire(timeout=0.05)) as done:
        assert _waiting(semaphore._cond, 2)  # type: ignore[attr-defined]
        promoted_threading.promote(semaphore)
        assert proc.wait_until(lambda: done == [False], seconds=10)
        semaphore.release()
    assert done == [False, True] and not semaphore.acquire(blocking=False)


def test_who_has_arrived_at_a_barrier_is_counted() -> None:
    barrier = threading.Barrier(3)
    with _threads(barrier.wait, barrier.wait) as done:
        assert proc.wait_until(lambda: barrier.n_waiting == 2, seconds=10)
        promoted_threading.promote(barrier)
        assert barrier.n_waiting == 2
        done.append(barrier.wait(20))
        done_by_us = done.pop(done.index(2))
    assert sorted([*done, done_by_us]) == [0, 1, 2]
    with pytest.raises(threading.BrokenBarrierError):
        barrier.wait(0.01)
    barrier.reset()
    with _threads(barrier.wait, barrier.wait):
        barrier.wait(20)


@pytest.fixture
def _switching() -> Iterator[None]:
    """Other threads run whenever they may: wherever code in Python runs, and that of an audit hook is some."""
    if not _hooked:
        sys.addaudithook(lambda event, arguments: None)  # stays for good
        _hooked.append(True)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


_hooked: list[bool] = []


@pytest.mark.usefixtures("_switching")
def test_promotion_at_any_moment_loses_no_wakeup() -> None:
    for round_ in range(60):
        condition: Any = threading.Condition()
        tokens: list[int] = []

        def consume(condition: Any = condition, tokens: list[int] = tokens) -> int:
            taken = 0
            while taken < 10:
                with condition:
                    while not tokens:
                        assert condition.wait(20)  # True only if it was notified
                    taken += tokens.pop()
            return taken

        def produce(condition: Any = condition, tokens: list[int] = tokens) -> int:
            for _ in range(10):
                with condition:
                    tokens.append(1)
                    condition.notify()
            return 10

        def promote(condition: Any = condition, round_: int = round_) -> int:
            time.sleep(round_ * 2e-5)
            promoted_threading.promote(condition)
            return 10

        with _threads(consume, consume, promote, produce, produce) as done:
            pass
        assert done == [10] * 5


@pytest.mark.usefixtures("_switching")
def test_promotion_at_any_moment_keeps_count_of_permits_and_flags() -> None:
    for round_ in range(60):
        semaphore, event = threading.BoundedSemaphore(2), threading.Event()

        def use(semaphore: Any = semaphore, event: Any = event) -> bool:
            for _ in range(15):
                assert semaphore.acquire(timeout=20)
                semaphore.release()
            return bool(event.wait(20))

        def promote(semaphore: Any = semaphore, event: Any = event, round_: int = round_) -> bool:
            time.sleep(round_ * 2e-5)
            promoted_threading.promote(event)
            promoted_threading.promote(semaphore)
            return True

        def finish(event: Any = event, round_: int = round_) -> bool:
            time.sleep((60 - round_) * 2e-5)
            event.set()
            return True

        with _threads(use, use, use, promote, finish) as done:
            pass
        assert done == [True] * 5
        assert semaphore._value == 2 and event.is_set()
