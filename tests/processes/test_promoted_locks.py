"""What `threading` makes is one thing for parent and child once it was handed over, under every start method."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext
from typing import Any

import pytest

import anypickle
from tests.helpers.programs import ProgramRunner
from tests.helpers.started import end, start

pytestmark = [pytest.mark.may_leave("descriptors"), pytest.mark.usefixtures("installed")]

COUNTING = """
import multiprocessing, sys, threading

def count(lock, counter):
    for _ in range(50):
        with lock:
            seen = counter.value
            for _ in range(20):
                pass
            counter.value = seen + 1

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    lock, counter = threading.Lock(), multiprocessing.RawValue("i", 0)
    processes = [multiprocessing.Process(target=count, args=(lock, counter)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("anypickle")]
    print(counter.value, "of 200")
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_four_processes_with_a_plain_lock_count_to_200(
    run_script: ProgramRunner, method: str
) -> None:
    done = run_script(COUNTING, method, under="anypickle")
    assert done.stdout.strip() == "200 of 200", done.stderr


def _report(lock: Any, pipe: Any) -> None:
    alike = isinstance(lock, (type(threading.Lock()), type(threading.RLock())))
    pipe.send((alike, lock.acquire(timeout=0.05)))
    pipe.send(lock.acquire(timeout=20))
    lock.release()


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_a_lock_that_is_held_stays_held_by_who_holds_it(mp: BaseContext, kind: str) -> None:
    lock = getattr(threading, kind)()
    reader, writer = mp.Pipe(duplex=False)  # type: ignore[attr-defined]
    lock.acquire()
    if hasattr(lock, "_is_owned"):
        lock.acquire()  # twice
    process = start(mp, _report, lock, writer)
    assert reader.recv() == (True, False)
    if hasattr(lock, "_is_owned"):
        assert lock._recursion_count() == 2
        lock.release()
    lock.release()
    assert reader.recv() is True
    end(process)
    with lock:
        pass
    reader.close()
    writer.close()


def _hold_for(lock: Any, seconds: float, pipe: Any) -> None:
    with lock:
        pipe.send("held")
        time.sleep(seconds)


def test_threads_of_the_parent_wait_for_the_child(mp: BaseContext) -> None:
    lock = threading.Lock()
    reader, writer = mp.Pipe(duplex=False)  # type: ignore[attr-defined]
    lock.acquire()
    got: list[bool] = []

    def work() -> None:
        got.append(lock.acquire(timeout=30))
        lock.release()

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.02)
    process = start(mp, _hold_for, lock, 0.1, writer)
    assert not got and not reader.poll()
    lock.release()  # one of them has it now, and then the other
    thread.join(30)
    assert reader.recv() == "held"
    end(process)
    assert got == [True]
    reader.close()
    writer.close()


class Owner:
    """Has a lock of its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def run(self, pipe: Any) -> None:
        pipe.send(self.lock.acquire(timeout=5))


@pytest.mark.filterwarnings("ignore::anypickle.HeldLockWarning")
def test_a_lock_that_an_object_owns_stays_private(mp: BaseContext) -> None:
    owner: Any = Owner()
    reader, writer = mp.Pipe(duplex=False)  # type: ignore[attr-defined]
    with owner.lock:
        process = start(mp, owner.run, writer)
        assert reader.recv() is True
        end(process)
    assert not owner.lock._is_promoted()
    reader.close()
    writer.close()


class Guarded(multiprocessing.Process):
    """A process that was given a lock by its constructor."""

    def __init__(self, lock: Any) -> None:
        super().__init__()
        self.lock = lock

    def run(self) -> None:
        assert not self.lock.acquire(timeout=0.05)


def test_a_lock_given_to_a_subclass_of_process_is_shared() -> None:
    lock: Any = threading.Lock()
    with lock:
        process = Guarded(lock)
        process.start()
        end(process)
    assert lock._is_promoted()


def _take_all(locks: list[Any], by_name: dict[str, Any], report: Any) -> None:
    assert locks[0] is by_name["first"] is locks[2]
    report.send([lock.acquire(timeout=0.02) for lock in (locks[0], locks[1])])


def test_locks_in_lists_and_dicts_keep_their_identity(mp: BaseContext) -> None:
    one, other = threading.Lock(), threading.RLock()
    reader, writer = mp.Pipe(duplex=False)  # type: ignore[attr-defined]
    with other:
        process = start(mp, _take_all, [one, other, one], {"first": one}, writer)
        assert reader.recv() == [True, False]
        end(process)
    reader.close()
    writer.close()


def _die_holding(lock: Any) -> None:
    lock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_the_parent_takes_over_from_a_killed_holder(mp: BaseContext, kind: str) -> None:
    lock = getattr(threading, kind)()
    victim = start(mp, _die_holding, lock)
    victim.join(30)
    with pytest.warns(anypickle.OwnerDiedWarning, match=f"process {victim.pid} died"):
        assert lock.acquire(timeout=20)
    lock.release()


def _hand_on(lock: Any, pipe: Any) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_try_it, args=(lock, pipe))
    process.start()
    process.join(30)
    with ProcessPoolExecutor(1) as executor:
        pipe.send(executor.submit(_give_back, [lock]).result(30)[0] is lock)


def _try_it(lock: Any, pipe: Any) -> None:
    pipe.send(lock.acquire(blocking=False))


def _give_back(locks: list[Any]) -> list[Any]:
    return locks


def test_who_got_a_lock_may_hand_it_on_and_back(mp: BaseContext) -> None:
    lock = threading.Lock()
    reader, writer = mp.Pipe(duplex=False)  # type: ignore[attr-defined]
    with lock:
        process = start(mp, _hand_on, lock, writer)
        assert reader.recv() is False
        assert reader.recv() is True
        end(process)
    reader.close()
    writer.close()


def _put_into(inbox: Any, lock: Any) -> None:
    inbox.put((lock, threading.Lock()))


def test_a_lock_in_an_item_comes_home_if_it_came_from_there(mp: BaseContext) -> None:
    lock: Any = threading.Lock()
    inbox: queue.Queue[Any] = queue.Queue()
    end(start(mp, _put_into, inbox, lock))
    handed, made_there = inbox.get(timeout=20)
    assert handed is lock and not made_there._is_promoted()


def test_a_fork_in_the_middle_leaves_a_private_lock_private() -> None:
    lock: Any = threading.RLock()
    with lock:
        pid = os.fork()
        if pid == 0:
            with warnings.catch_warnings():
                lock.release()  # the thread that forked has it here, as with the stock one
                os._exit(0 if lock.acquire(blocking=False) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert lock._is_owned()
