"""Signals, forks at the wrong moment, few descriptors, little memory: shared queues and locks go on or say why not."""

from __future__ import annotations

import multiprocessing as mp
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from anypickle import shared

pytestmark = [
    pytest.mark.may_leave("descriptors"),
    # Forking with a thread at work is what one of these tests is about.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]

context = mp.get_context("fork")


def wait_for_interrupt(what: Any, ready: Any, pipe: Any) -> None:
    ready.set()
    try:
        what()
    except KeyboardInterrupt:
        pipe.send(time.monotonic())


@pytest.mark.parametrize(
    "name", ["get", "get the last", "get the least", "acquire", "wait", "condition", "join"]
)
def test_ctrl_c_interrupts_at_once(name: str) -> None:
    queue, lock, event, condition = (
        shared.Queue(),
        shared.Lock(),
        shared.Event(),
        shared.Condition(),
    )
    lock.acquire()
    queue_with_task: Any = shared.Queue()
    queue_with_task.put(1)

    def wait_for_condition() -> None:
        with condition:
            condition.wait()

    calls = {
        "get": queue.get,
        "get the last": shared.LifoQueue().get,
        "get the least": shared.PriorityQueue().get,
        "acquire": lock.acquire,
        "wait": event.wait,
        "condition": wait_for_condition,
        "join": queue_with_task.join,
    }
    ready = shared.Event()
    pipe, other = context.Pipe()
    process = context.Process(target=wait_for_interrupt, args=(calls[name], ready, other))
    process.start()
    assert ready.wait(30)
    time.sleep(0.2)
    assert process.pid is not None
    sent = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    assert pipe.poll(30)
    assert pipe.recv() - sent < 15
    process.join()
    pipe.close()
    other.close()


def put_one(queue: Any) -> None:
    queue.put(("child", b""))


@pytest.mark.parametrize("kind", [shared.Queue, shared.LifoQueue, shared.PriorityQueue])
def test_forks_in_the_middle_of_a_put(kind: Any) -> None:
    queue: Any = kind()
    stop = threading.Event()
    put = 0

    def keep_putting() -> None:
        nonlocal put
        while not stop.is_set():
            queue.put(("thread", b"x" * (put % 3) * 10_000))
            put += 1

    thread = threading.Thread(target=keep_putting)
    thread.start()
    children = []
    for _ in range(20):
        child = context.Process(target=put_one, args=(queue,))
        child.start()
        children.append(child)
    for child in children:
        child.join()
        assert child.exitcode == 0
    stop.set()
    thread.join()
    items = [queue.get() for _ in range(queue.qsize())]
    assert items.count(("child", b"")) == 20
    assert len(items) == put + 20


@pytest.mark.parametrize("kind", [shared.Queue, shared.LifoQueue, shared.PriorityQueue])
def test_a_fork_without_descriptors_left(kind: Any) -> None:
    queue: Any = kind()
    pid = os.getpid()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        pid = os.fork()
        if pid == 0:
            queue.put(os.getpid())
            os._exit(0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    os.waitpid(pid, 0)
    assert queue.get(timeout=10) == pid


def test_more_processes_one_after_another_than_there_is_room_for_at_a_time() -> None:
    program = """
import os
from anypickle.shared import Lock

lock = Lock()
for number in range(1100):
    child = os.fork()
    if child == 0:
        os._exit(0 if number != 1099 or (lock.acquire() and lock.locked()) else 1)
    _, status = os.waitpid(child, 0)
print(status, lock.locked())
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "0 True\n"


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue", "PriorityQueue"])
def test_memory_ends_with_a_clear_error(kind: str) -> None:
    program = f"""
from anypickle.shared import {kind}
queue = {kind}()
try:
    for i in range(10_000):
        queue.put(b"x" * 100_000)
except MemoryError as error:
    print(error)
print(queue.qsize() > 100, len(queue.get()))
"""
    environment = {**os.environ, "ANYPICKLE_MEMORY": str(64 << 20)}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert "ANYPICKLE_MEMORY" in run.stdout
    assert run.stdout.endswith("True 100000\n")


def test_closing_all_descriptors_is_not_death() -> None:
    lock: Any = shared.Lock()
    held, pipe = shared.Event(), context.Pipe()
    process = context.Process(target=close_all_and_hold, args=(lock, held))
    process.start()
    assert held.wait(30)
    assert not lock.acquire(timeout=0.3)
    process.kill()
    process.join()
    with pytest.warns(shared.OwnerDiedWarning):
        assert lock.acquire(timeout=10)
    for end in pipe:
        end.close()


def close_all_and_hold(lock: Any, held: Any) -> None:
    lock.acquire()
    os.closerange(3, 1000)
    held.set()
    time.sleep(60)


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue", "PriorityQueue"])
def test_through_loky(kind: str) -> None:
    pytest.importorskip("joblib")
    program = f"""
from joblib import Parallel, delayed
from anypickle.shared import {kind}

def put(queue, item):
    queue.put(item)

if __name__ == "__main__":
    queue = {kind}()
    Parallel(n_jobs=2)(delayed(put)(queue, i) for i in range(4))
    print(sorted(queue.get(timeout=10) for _ in range(4)))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[0, 1, 2, 3]\n"


def test_files_under_the_numbers_of_closed_descriptors_are_left_alone(tmp_path: Path) -> None:
    program = f"""
import multiprocessing, os
from pathlib import Path
from anypickle.shared import Queue, share

queue = Queue()
os.closerange(3, 256)
files = [open(Path({str(tmp_path)!r}) / str(number), "w+b") for number in range(8)]
for file in files:
    file.write(b"U" * 1_000_000)
    file.flush()
for _ in range(60):
    queue.put(b"x" * 3_000_000)
while not queue.empty():
    assert len(queue.get()) == 3_000_000
queue.put(share(b"p" * 2_000_000, receivers="private"))
assert bytes(queue.get()) == b"p" * 2_000_000
process = multiprocessing.get_context("fork").Process(target=queue.put, args=(b"y" * 3_000_000,))
process.start()
process.join()
assert len(queue.get(timeout=10)) == 3_000_000
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == b"U" * 1_000_000
