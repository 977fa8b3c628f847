"""Locks and what is made of them arrive fresh, working, and tied to each other as they were."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest

import anypickle
from anypickle.policy import HeldLockWarning

KINDS: dict[str, Callable[[], Any]] = {
    "Lock": threading.Lock,
    "RLock": threading.RLock,
    "RLock in Python": threading._PyRLock,  # type: ignore[attr-defined]
    "Condition": threading.Condition,
    "Condition over a Lock": lambda: threading.Condition(threading.Lock()),
    "Semaphore": lambda: threading.Semaphore(3),
    "BoundedSemaphore": lambda: threading.BoundedSemaphore(2),
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", KINDS)
def test_it_arrives_unlocked_and_works(kind: str, protocol: int) -> None:
    original = KINDS[kind]()
    for loads in (pickle.loads, anypickle.loads):
        arrived = loads(anypickle.dumps(original, protocol))
        assert type(arrived) is type(original)
        assert arrived is not original
        with original:
            taken: list[bool] = []
            thread = threading.Thread(target=lambda: taken.append(arrived.acquire(timeout=5)))  # noqa: B023
            thread.start()
            thread.join()
        assert taken == [True]


@pytest.mark.parametrize("kind", ["Lock", "RLock", "RLock in Python", "Condition"])
def test_a_held_one_arrives_unlocked_and_its_path_is_named(kind: str) -> None:
    original = KINDS[kind]()
    with original, pytest.warns(HeldLockWarning, match=r"^obj\['a'\]\[0\]"):
        data = anypickle.dumps({"a": [original]})
    arrived = anypickle.loads(data)["a"][0]
    assert arrived.acquire(blocking=False)


def test_a_bounded_semaphore_has_its_permits_again() -> None:
    original = threading.BoundedSemaphore(2)
    with original, pytest.warns(HeldLockWarning):
        arrived = anypickle.loads(anypickle.dumps(original))
    assert arrived.acquire(blocking=False) and arrived.acquire(blocking=False)
    assert not arrived.acquire(blocking=False)
    arrived.release(2)
    with pytest.raises(ValueError):
        arrived.release()


@pytest.mark.parametrize("flag", [False, True])
def test_an_event_keeps_its_flag(flag: bool) -> None:
    original = threading.Event()
    if flag:
        original.set()
    arrived = anypickle.loads(anypickle.dumps(original))
    assert arrived.is_set() is flag
    arrived.clear()
    assert original.is_set() is flag


def test_a_barrier_is_empty_and_keeps_its_action() -> None:
    arrived = anypickle.loads(anypickle.dumps(threading.Barrier(1, action=dict, timeout=3)))
    assert arrived.wait() == 0
    assert arrived._action is dict and arrived._timeout == 3


def test_a_condition_is_bound_to_the_copy_of_its_lock() -> None:
    lock = threading.Lock()
    pair = {"lock": lock, "condition": threading.Condition(lock)}
    for arrived in (anypickle.loads(anypickle.dumps(pair)), _deepcopied(pair)):
        assert arrived["condition"]._lock is arrived["lock"]
        assert arrived["lock"] is not lock
        with arrived["condition"]:
            assert arrived["lock"].locked()
            assert not lock.locked()
            arrived["condition"].notify_all()


def _deepcopied(obj: Any) -> Any:
    with anypickle.installed():
        return copy.deepcopy(obj)


class Labelled(threading.Condition):
    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label


def test_a_subclass_keeps_what_it_added() -> None:
    arrived = anypickle.loads(anypickle.dumps(Labelled("x")))
    assert type(arrived) is Labelled and arrived.label == "x"
    with arrived:
        assert not arrived.wait(0.001)


class Knowing(threading.Event):
    def __reduce__(self) -> Any:
        return list, ()


def test_a_class_that_knows_how_to_cross_is_asked_itself() -> None:
    assert anypickle.loads(anypickle.dumps(Knowing())) == []
