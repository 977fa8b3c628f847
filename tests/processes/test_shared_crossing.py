"""Queues and locks of `anypickle.shared` reach another process by every road, and are the same there."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext
from typing import Any

import pytest

from anypickle import shared

pytestmark = pytest.mark.may_leave("descriptors")

every_kind = pytest.mark.parametrize(
    "kind", [shared.Queue, shared.LifoQueue, shared.PriorityQueue], ids=lambda kind: kind.__name__
)


def echo(source: Any, target: Any, lock: Any, event: Any) -> None:
    for _ in range(50):
        with lock:
            target.put(source.get())
    event.set()


def put_and_return(queue: Any, item: Any) -> Any:
    queue.put(item)
    return queue


def die_holding(lock: Any) -> None:
    lock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)


def test_as_arguments_of_processes(mp: BaseContext) -> None:
    source, target = shared.Queue(), shared.Queue()
    lock, event = shared.Lock(), shared.Event()
    workers = [mp.Process(target=echo, args=(source, target, lock, event)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for i in range(150):
        source.put((i, "x", b"y" * i))
    items = [target.get(timeout=30) for _ in range(150)]
    for worker in workers:
        worker.join()
    assert sorted(items) == [(i, "x", b"y" * i) for i in range(150)]
    assert event.is_set()
    assert target.empty()


@every_kind
def test_through_a_pool_and_back(mp: BaseContext, kind: Any) -> None:
    queue: Any = kind()
    with mp.Pool(2) as pool:
        returned = pool.starmap(put_and_return, [(queue, i) for i in range(5)])
        assert sorted(queue.get(timeout=30) for _ in range(5)) == [0, 1, 2, 3, 4]
        returned[0].put(6)
        assert queue.get(timeout=30) == 6


@every_kind
def test_through_an_executor(mp: BaseContext, kind: Any) -> None:
    queue: Any = kind()
    with ProcessPoolExecutor(1, mp_context=mp) as executor:
        executor.submit(put_and_return, queue, "item").result()
    assert queue.get(timeout=30) == "item"


@every_kind
def test_through_a_queue_of_its_own_kind(kind: Any) -> None:
    outer: Any = kind()
    inner: Any = kind(5)
    inner.put("deep")
    outer.put(inner)
    assert outer.get().get() == "deep"


@every_kind
def test_as_bytes_to_an_unrelated_process(kind: Any) -> None:
    queue: Any = kind()
    queue.put("there")
    program = "import pickle, sys; q = pickle.load(sys.stdin.buffer); q.put((q.get(), 'and back'))"
    subprocess.run([sys.executable, "-c", program], input=pickle.dumps(queue), check=True)
    assert queue.get(timeout=30) == ("there", "and back")


class Program:
    """Keeps its queue in the class, as programs do."""

    jobs: Any = shared.Queue()
    urgent: Any = shared.PriorityQueue()


def move_a_job() -> None:
    Program.urgent.put((1, Program.jobs.get(timeout=30)))


def test_in_an_attribute_of_a_class_under_fork() -> None:
    process = multiprocessing.get_context("fork").Process(target=move_a_job)
    process.start()
    Program.jobs.put("job")
    assert Program.urgent.get(timeout=30) == (1, "job")
    process.join()


def test_a_lock_outlives_its_owner(mp: BaseContext) -> None:
    lock = shared.Lock()
    victim = mp.Process(target=die_holding, args=(lock,))
    victim.start()
    victim.join()
    assert lock.locked()
    with pytest.warns(shared.OwnerDiedWarning, match=f"process {victim.pid} died"):
        assert lock.acquire(timeout=10)
    lock.release()
