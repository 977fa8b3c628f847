"""The locks that `threading` makes while anypickle is installed: like its own, until one is promoted."""

from __future__ import annotations

import _thread
import collections
import contextlib
import copy
import pickle
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

import anypickle
from anypickle import registry
from anypickle.shared import promoted_locks

pytestmark = pytest.mark.may_leave("descriptors")

NAMES = ("Lock", "RLock", "_CRLock", "_allocate_lock")
KINDS = [threading.Lock, threading.RLock]


@pytest.fixture
def installed() -> Iterator[None]:
    with anypickle.installed():
        yield


def _lock() -> Any:
    return threading.Lock()


def _rlock() -> Any:
    return threading.RLock()


def _promoted_lock() -> Any:
    lock = threading.Lock()
    promoted_locks.promote(lock)
    return lock


def _promoted_rlock() -> Any:
    lock = threading.RLock()
    promoted_locks.promote(lock)
    return lock


def test_uninstall_restores_the_names() -> None:
    before = [vars(threading)[name] for name in NAMES]
    with anypickle.installed():
        lock = threading.Lock()
        assert type(lock) is not type(_thread.allocate_lock())
    assert all(vars(threading)[name] is old for name, old in zip(NAMES, before, strict=True))
    with lock:
        assert lock.locked()
    with pytest.raises(TypeError, match=r"cannot pickle '_thread\.lock' object"):
        pickle.dumps(lock)


@pytest.mark.usefixtures("installed")
def test_they_look_like_those_of_the_standard_library() -> None:
    for lock, stock in ((_lock(), _thread.allocate_lock()), (_rlock(), _thread.RLock())):
        assert isinstance(lock, type(stock))
        assert isinstance(lock, type(lock))
        assert lock.__class__ is type(stock)
        assert repr(lock).split(" at ")[0] == repr(stock).split(" at ")[0]
        assert repr(type(lock)) == repr(type(stock))
        public = {name for name in dir(stock) if not name.startswith("__")}
        assert public <= set(dir(lock))
        assert weakref.ref(lock)() is lock
        with lock:
            assert repr(lock).startswith("<locked")
        with pytest.raises(RuntimeError) as ours:
            lock.release()
        with pytest.raises(RuntimeError) as theirs:
            stock.release()
        assert str(ours.value) == str(theirs.value)


@pytest.mark.usefixtures("installed")
def test_locks_from_before_are_of_the_same_class() -> None:
    for ours, stock in ((_lock(), _thread.allocate_lock()), (_rlock(), _thread.RLock())):
        assert isinstance(stock, type(ours)) and issubclass(type(stock), type(ours))
        assert not isinstance(1, type(ours)) and not issubclass(int, type(ours))
        assert anypickle.loads(anypickle.dumps([type(ours)])) == [type(ours)]
    assert not isinstance(_lock(), type(_rlock()))


@pytest.mark.usefixtures("installed")
def test_they_refuse_the_arguments_that_threading_refuses() -> None:
    with pytest.raises(TypeError):
        threading.Lock(1)  # type: ignore[call-arg]
    lock = _lock()
    for arguments in ((0, 1), (1, 2, 3), ("x", "y")):
        with pytest.raises((TypeError, ValueError)):
            lock.acquire(*arguments)
    with pytest.raises(OverflowError):
        lock.acquire(timeout=threading.TIMEOUT_MAX * 2)


@pytest.mark.usefixtures("installed")
def test_reentrant_locks_can_be_derived_from() -> None:
    class Named(threading._CRLock):  # type: ignore[misc,name-defined]
        def __init__(self, name: str = "") -> None:
            self.name = name

    lock = Named()
    lock.name = "mine"
    with lock, lock:
        assert isinstance(lock, Named) and lock._recursion_count() == 2
    assert weakref.ref(lock)() is lock


@pytest.mark.usefixtures("installed")
def test_they_cross_as_the_stock_ones_do() -> None:
    for make in (_lock, _rlock, _promoted_lock, _promoted_rlock):
        lock = make()
        for copied in (
            pickle.loads(pickle.dumps(lock)),
            copy.deepcopy(lock),
            anypickle.loads(anypickle.dumps(lock)),
        ):
            assert type(copied) is type(lock) and copied is not lock
            assert not copied._is_promoted()
        with lock, pytest.warns(anypickle.HeldLockWarning):
            assert not anypickle.loads(anypickle.dumps([lock]))[0]._is_promoted()
    factories = collections.defaultdict(threading.Lock)
    assert pickle.loads(pickle.dumps(factories)).default_factory is threading.Lock
    stock = _thread.allocate_lock()
    joblib = pytest.importorskip("joblib")
    hashes = {joblib.hash([lock]) for lock in (_lock(), stock, _promoted_lock())}
    assert len(hashes) == 1
    assert anypickle.dumps(_rlock()) == anypickle.dumps(_thread.RLock())


@pytest.mark.usefixtures("installed")
def test_choices_and_reducers_for_the_stock_type_hold_for_both() -> None:
    kinds = (type(_thread.allocate_lock()), type(_lock()))
    for kind in kinds:
        with anypickle.override(kind, "refuse"):
            for lock in (_lock(), _thread.allocate_lock()):
                with pytest.raises(TypeError, match="chose to refuse"):
                    anypickle.dumps(lock)
        anypickle.register(kind, lambda _lock: (str, ("mine",)))
        with contextlib.ExitStack() as after:
            after.callback(registry.unregister, kind)
            for lock in (_lock(), _thread.allocate_lock()):
                assert anypickle.loads(anypickle.dumps(lock)) == "mine"
        assert not anypickle.loads(anypickle.dumps(_lock())).locked()


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("make", [_lock, _rlock])
def test_a_held_lock_is_held_after_its_promotion(make: Any) -> None:
    lock = make()
    lock.acquire()
    promoted_locks.promote(lock)
    got: list[Any] = []
    thread = threading.Thread(target=lambda: got.append(lock.acquire(timeout=0.01)))
    thread.start()
    thread.join()
    assert got == [False]
    assert repr(lock).startswith("<locked")
    lock.release()
    assert lock.acquire(blocking=False)
    lock.release()
    with pytest.raises(RuntimeError):
        lock.release()


@pytest.mark.usefixtures("installed")
def test_a_reentrant_lock_that_another_thread_promotes_stays_its_owners() -> None:
    lock = _rlock()
    lock.acquire()
    lock.acquire()
    thread = threading.Thread(target=promoted_locks.promote, args=(lock,))
    thread.start()
    thread.join()
    other: list[Any] = []

    def try_it() -> None:
        other.extend([lock._is_owned(), lock.acquire(timeout=0.01)])

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    assert other == [False, False]
    assert lock._is_owned() and lock._recursion_count() == 2
    assert lock.acquire(blocking=False) and lock._recursion_count() == 3
    saved = lock._release_save()
    assert not lock._is_owned()
    lock._acquire_restore(saved)
    for _ in range(3):
        lock.release()
    with pytest.raises(RuntimeError):
        lock.release()


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("make", [_lock, _rlock])
def test_threads_that_sleep_at_it_go_on_sleeping_in_shared_memory(make: Any) -> None:
    lock = make()
    lock.acquire()
    order: list[int] = []

    def work(number: int) -> None:
        assert lock.acquire(timeout=30)
        order.append(number)
        lock.release()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    promoted_locks.promote(lock)
    time.sleep(0.02)
    assert order == []
    lock.release()
    for thread in threads:
        thread.join(30)
    assert sorted(order) == [0, 1, 2, 3]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("make", [_lock, _rlock])
def test_promotion_in_the_middle_of_contention_loses_nothing(make: Any) -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(10):
            lock, counter = make(), [0]

            def work(lock: Any = lock, counter: list[int] = counter) -> None:
                for _ in range(200):
                    with lock:
                        seen = counter[0]
                        if seen % 8 == 0:
                            time.sleep(0)
                        counter[0] = seen + 1

            threads = [threading.Thread(target=work) for _ in range(3)]
            for thread in threads:
                thread.start()
            promoted_locks.promote(lock)
            for thread in threads:
                thread.join(30)
            assert counter == [600]
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.usefixtures("installed")
def test_fork_reinit_frees_a_private_lock() -> None:
    for lock in (_lock(), _rlock()):
        lock.acquire()
        lock._at_fork_reinit()
        assert lock.acquire(blocking=False)
        lock.release()
