"""Storms of SIGKILL: whoever is killed at whatever moment, the others go on, and nothing is lost, doubled or left.

A few rounds here; `make storm` (ANYPICKLE_STORM=1000) runs a thousand of each.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import random
import signal
import struct
import threading
import time
import warnings
from functools import partial
from mmap import mmap
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from anypickle import _shm, shared

ROUNDS = int(os.environ.get("ANYPICKLE_STORM", "25"))
SECONDS_PER_ROUND = 20.0
"""How long nobody may get on. That a machine does not run one of its processors for a second is not what is sought."""

pytestmark = [
    pytest.mark.may_leave("descriptors"),
    pytest.mark.timeout(120 + 10 * ROUNDS),
]

context = mp.get_context("fork")


class Log:
    """Numbers that one process appends and that survive it."""

    def __init__(self) -> None:
        self._memory = mmap(-1, 8 << 20)

    def append(self, number: int) -> None:
        count = self.count()
        self._memory[8 + 8 * count : 16 + 8 * count] = struct.pack("q", number)
        self._memory[:8] = struct.pack("q", count + 1)

    def count(self) -> int:
        return int(struct.unpack("q", self._memory[:8])[0])

    def numbers(self) -> list[int]:
        return list(struct.unpack(f"{self.count()}q", self._memory[8 : 8 + 8 * self.count()]))


def message_of(number: int) -> Any:
    """A message that shows whether it is whole: small, pickled, in a block, or with a reference."""
    kinds = (
        lambda: (number, "x" * (number % 50)),
        lambda: [number, {"k": number}],
        lambda: (number, b"y" * 20_000),
        lambda: [number, shared.SharedBuffer(struct.pack("q", number) * 100)],
    )
    return kinds[number % 4]()


def number_of(message: Any) -> int:
    number: int = message[0]
    if isinstance(message[1], shared.SharedBuffer):
        assert bytes(message[1]) == struct.pack("q", number) * 100
    else:
        assert list(message) == list(message_of(number))
    return number


def produce(queue: Any, log: Log, first: int) -> None:
    number = first
    # Lists, so that each comparison unpickles and asks the items.
    compared = isinstance(queue, shared.PriorityQueue)
    while True:
        message = message_of(number)
        queue.put(list(message) if compared else message)
        log.append(number)
        number += 1


def consume(queue: Any, log: Log) -> None:
    while True:
        log.append(number_of(queue.get()))


def start(target: Any, *args: Any) -> BaseProcess:
    process = context.Process(target=target, args=args)
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    process.close()


def wait_until(condition: Any, seconds: float, what: str) -> None:
    """Looks a thousand times a second: on a busy machine, where everybody gets less, so do we, and it takes longer."""
    for _ in range(int(seconds * 1000)):
        if condition():
            return
        time.sleep(0.001)
    raise AssertionError(what)


def clean_arena() -> dict[str, int]:
    _shm.bury_dead()
    return _shm.statistics()


@pytest.mark.parametrize(
    ("kind", "maxsize"),
    [
        (shared.Queue, 0),
        (shared.Queue, 20),
        (shared.LifoQueue, 20),
        (shared.PriorityQueue, 20),
    ],
)
def test_producers_and_consumers_are_killed(kind: Any, maxsize: int) -> None:
    before = clean_arena()
    queue: Any = kind(maxsize)
    chance = random.Random(maxsize)
    put_logs: list[Log] = []
    got_logs: list[Log] = []
    producers: list[BaseProcess] = []
    consumers: list[BaseProcess] = []
    killed_consumers = killed_producers = 0
    for _ in range(ROUNDS):
        while len(producers) < 2:
            put_logs.append(Log())
            producers.append(start(produce, queue, put_logs[-1], len(put_logs) << 32))
        while len(consumers) < 2:
            got_logs.append(Log())
            consumers.append(start(consume, queue, got_logs[-1]))
        time.sleep(chance.uniform(0, 0.01))
        if chance.random() < 0.5:
            kill(producers.pop(0))
            killed_producers += 1
        else:
            kill(consumers.pop(0))
            killed_consumers += 1
        survivors = got_logs[-len(consumers) :]
        seen = sum(log.count() for log in survivors)
        wait_until(
            lambda: sum(log.count() for log in survivors) > seen,  # noqa: B023
            SECONDS_PER_ROUND,
            "the others did not go on",
        )
    for process in producers:
        kill(process)
    wait_until(queue.empty, 30, "the queue was not emptied")
    time.sleep(0.05)
    for process in consumers:
        kill(process)
    put = [number for log in put_logs for number in log.numbers()]
    got = [number for log in got_logs for number in log.numbers()]
    assert len(got) == len(set(got)), "delivered twice"
    lost = set(put) - set(got)
    assert len(lost) <= killed_consumers + len(consumers), f"{len(lost)} lost"
    unannounced = set(got) - set(put)
    assert len(unannounced) <= killed_producers + len(producers)
    del queue
    after = clean_arena()
    assert (after["blocks"], after["bytes"]) == (before["blocks"], before["bytes"])


def count_up(lock: Any, numbers: Any, log: Log) -> None:
    warnings.simplefilter("ignore", shared.OwnerDiedWarning)
    me = os.getpid()
    while True:
        with lock:
            numbers[1] = me
            value = numbers[0]
            for _ in range(20):
                assert numbers[1] == me, "two at once"
            numbers[0] = value + 1
            assert numbers[1] == me, "two at once"
        log.append(0)


def exceeds(numbers: Any, seen: int) -> bool:
    return bool(numbers[0] > seen)


@pytest.mark.parametrize("kind", [shared.Lock, shared.RLock])
def test_holders_and_waiters_of_a_lock_are_killed(kind: Any) -> None:
    before = clean_arena()
    lock, numbers = kind(), _shm.Numbers()
    chance = random.Random(1)
    workers: list[BaseProcess] = []
    logs: list[Log] = []
    for _ in range(ROUNDS):
        while len(workers) < 3:
            logs.append(Log())
            workers.append(start(count_up, lock, numbers, logs[-1]))
        time.sleep(chance.uniform(0, 0.01))
        kill(workers.pop(chance.randrange(3)))
        seen = numbers[0]
        wait_until(partial(exceeds, numbers, seen), SECONDS_PER_ROUND, "the others did not go on")
        assert all(worker.exitcode is None for worker in workers)
    for worker in workers:
        kill(worker)
    counted = sum(log.count() for log in logs)
    assert counted <= numbers[0] <= counted + ROUNDS + len(workers)
    del lock, numbers
    after = clean_arena()
    assert after["blocks"] == before["blocks"]


def wait_and_count(condition: Any, log: Log) -> None:
    warnings.simplefilter("ignore", shared.OwnerDiedWarning)
    while True:
        with condition:
            if condition.wait(0.5):
                log.append(0)


def test_waiters_of_a_condition_are_killed() -> None:
    condition = shared.Condition()
    chance = random.Random(2)
    warnings.simplefilter("ignore", shared.OwnerDiedWarning)
    logs = [Log() for _ in range(ROUNDS + 3)]
    workers = [start(wait_and_count, condition, log) for log in logs[:3]]
    alive = logs[:3]
    for fresh in logs[3:]:
        time.sleep(chance.uniform(0, 0.01))
        victim = chance.randrange(3)
        kill(workers[victim])
        workers[victim], alive[victim] = start(wait_and_count, condition, fresh), fresh
        seen = sum(log.count() for log in alive)

        def notified() -> bool:
            with condition:
                condition.notify()
            return sum(log.count() for log in alive) > seen  # noqa: B023

        wait_until(notified, SECONDS_PER_ROUND, "nobody was notified")
    for worker in workers:
        kill(worker)


def take_one(queue: Any) -> None:
    queue.get()


def test_the_process_that_made_the_queue_is_killed() -> None:
    for _ in range(max(3, ROUNDS // 10)):
        pipe, other = context.Pipe()
        maker = start(make_queue, other)
        queue = pipe.recv()
        kill(maker)
        queue.put("still there")
        assert [queue.get(timeout=10) for _ in range(2)] == ["from the maker", "still there"]
        pipe.close()
        other.close()


def make_queue(pipe: Any) -> None:
    queue: Any = shared.Queue()
    queue.put("from the maker")
    pipe.send(queue)
    time.sleep(60)


def arrive(barrier: Any) -> None:
    barrier.wait()


def test_a_barrier_breaks_when_one_who_waits_is_killed() -> None:
    barrier = shared.Barrier(3)
    victim = start(arrive, barrier)
    wait_until(lambda: barrier.n_waiting == 1, 10, "it did not arrive")
    kill(victim)
    with warnings.catch_warnings(), pytest.raises(threading.BrokenBarrierError):
        # Perhaps while it looked around, which it does with the lock of the barrier.
        warnings.simplefilter("ignore", shared.OwnerDiedWarning)
        barrier.wait(10)
    barrier.reset()
    others = [start(arrive, barrier) for _ in range(2)]
    assert barrier.wait(10) in range(3)
    for other in others:
        other.join()


def arrive_again_and_again(barrier: Any) -> None:
    warnings.simplefilter("ignore", shared.OwnerDiedWarning)
    while True:
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            time.sleep(0.001)


def test_parties_of_a_barrier_are_killed() -> None:
    """Wherever in there they die: after a reset the barrier is as new."""
    barrier = shared.Barrier(3)
    chance = random.Random(3)
    for _ in range(ROUNDS):
        parties = [start(arrive_again_and_again, barrier) for _ in range(3)]
        time.sleep(chance.uniform(0, 0.02))
        for party in parties:
            kill(party)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", shared.OwnerDiedWarning)
            barrier.reset()
            others = [start(arrive, barrier) for _ in range(2)]
            assert barrier.wait(10) in range(3)
        for other in others:
            other.join()


def test_paused_is_not_dead() -> None:
    lock, held = shared.Lock(), shared.Event()
    holder = start(hold, lock, held)
    assert held.wait(10)
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGSTOP)
    assert not lock.acquire(timeout=0.3)
    os.kill(holder.pid, signal.SIGCONT)
    kill(holder)
    with pytest.warns(shared.OwnerDiedWarning):
        assert lock.acquire(timeout=10)


def hold(lock: Any, held: Any) -> None:
    lock.acquire()
    held.set()
    time.sleep(60)


@pytest.mark.parametrize("kind", [shared.Queue, shared.LifoQueue, shared.PriorityQueue])
def test_an_idle_consumer_is_killed(kind: Any) -> None:
    queue: Any = kind()
    other = start(echo_into, queue, result := shared.Queue())
    for number in range(max(5, ROUNDS // 5)):
        victim = start(take_one, queue)
        wait_until(lambda: sleeps(victim.pid), 10, "it did not wait")  # noqa: B023
        kill(victim)
        queue.put(number)
        assert result.get(timeout=SECONDS_PER_ROUND) == number
    kill(other)


class Endless:
    """Never comes to a result."""

    compares = shared.Event()

    def __lt__(self, other: Any) -> bool:
        self.compares.set()
        time.sleep(60)
        return True


def test_who_compares_is_killed() -> None:
    queue: Any = shared.PriorityQueue()
    queue.put(Endless())
    for _ in range(max(3, ROUNDS // 20)):
        Endless.compares.clear()
        victim = start(queue.put, Endless())
        assert Endless.compares.wait(10)
        kill(victim)
        assert isinstance(queue.get(timeout=SECONDS_PER_ROUND), Endless)
        queue.put(Endless())
        assert queue.qsize() == 1


def echo_into(queue: Any, result: Any) -> None:
    for item in queue:
        result.put(item)


def sleeps(pid: int | None) -> bool:
    """Whether the process waits in the kernel."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def take_turns(lock: Any, turns: Any, number: int, others: int) -> None:
    while min(turns[:others]) < 50:
        with lock:
            turns[number] += 1


@pytest.mark.parametrize("kind", [shared.Lock, shared.RLock])
def test_nobody_starves(kind: Any) -> None:
    """Each comes to his fifty turns while the others never stop."""
    lock, turns = kind(), context.RawArray("l", 4)
    processes = [start(take_turns, lock, turns, number, 4) for number in range(4)]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
