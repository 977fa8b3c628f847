"""A worker that dies: who waits for its task gets an error that names worker, cause and task, and the pool goes on."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import re
import signal
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import Any

import pytest

import anypickle
from anypickle.channels import at_work
from anypickle.channels.result_pipe import ResultPipe, State
from tests.helpers import proc
from tests.helpers.programs import ProgramRunner

# Standard pools leave descriptors open until they are collected.
pytestmark = [pytest.mark.may_leave("descriptors"), pytest.mark.usefixtures("installed")]


def die(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 2


def leave(number: int) -> int:
    if number == 3:
        os._exit(7)
    return number * 2


class EndsWhereItArrives:
    def __reduce__(self) -> Any:
        return os._exit, (9,)


def much(number: int) -> bytes:
    return bytes(100_000_000)


def told(call: Callable[[], Any]) -> str:
    with pytest.raises(anypickle.WorkerDiedError) as caught:
        call()
    return re.sub(r"\w*PoolWorker-\d+ \(pid \d+\)", "W", str(caught.value))


@pytest.mark.timeout(120)
def test_the_task_of_a_dead_worker_fails_and_the_pool_goes_on(mp: BaseContext) -> None:
    with mp.Pool(2) as pool:
        died = "worker W was killed by SIGKILL while it ran die(), "
        assert told(lambda: pool.map(die, range(6), chunksize=1)) == died + "item 3 of map()"
        assert told(lambda: pool.map(die, range(6), chunksize=2)) == died + "items 2 to 3 of map()"
        assert told(lambda: pool.apply(leave, (3,))).startswith(
            "worker W ended with exit code 7 while it ran leave(), task "
        )
        assert told(lambda: pool.apply(die, (EndsWhereItArrives(),))).startswith(
            "worker W ended with exit code 9 while it was unpickling its task, task "
        )
        in_order = pool.imap(die, range(5))
        assert [next(in_order) for _ in range(3)] == [0, 2, 4]
        assert told(lambda: next(in_order)) == died + "item 3 of imap()"
        assert list(in_order) == [8]
        assert pool.map(die, [1, 2]) == [2, 4]


def test_workers_that_are_killed_as_they_wait_keep_nobody_from_work() -> None:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for _ in range(3):
            assert pool.apply(die, (1,)) == 2
            # Among them may be one of the round before, which the pool is about to miss.
            proc.kill([worker.pid for worker in pool._pool])  # type: ignore[attr-defined]
            assert pool.apply_async(die, (2,)).get(20) == 4


def test_a_worker_that_dies_in_the_middle_of_a_result_ends_the_pool_in_words() -> None:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        results = [pool.map_async(much, range(1000), chunksize=1), pool.apply_async(much, (1,))]
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            (worker, *_) = pool._pool  # type: ignore[attr-defined]
            slip = at_work.slip_of(worker)
            if slip is not None and slip.read()[0] == at_work.WRITING:
                os.kill(worker.pid, signal.SIGKILL)
                worker.join()
                if slip.read()[0] == at_work.WRITING:
                    break
        for result in results:
            said = told(lambda result=result: result.get(20))  # type: ignore[misc]
            assert said.endswith("while it sent a result: the pool can't go on")
        with pytest.raises(ValueError, match="not running"):
            pool.apply(die, (1,))


def test_how_far_a_result_has_come_is_known_at_once() -> None:
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader, writer:
        pipe = ResultPipe(reader, pickle.loads)
        message = pickle.dumps((1, 2, bytes(100_000)))
        whole = struct.pack("!i", len(message)) + message
        got: list[Any] = []

        def get() -> None:
            try:
                while True:
                    got.append(pipe.get())
            except EOFError:
                got.append(EOFError)

        reading = threading.Thread(target=get)
        reading.start()
        for part in (b"", whole, whole[:2], whole[2:4], whole[4:70_000], whole[70_000:], whole[:9]):
            sent = 0
            while sent < len(part):
                sent += os.write(writer.fileno(), part[sent:])
            while pipe.state() is State.BUSY:
                time.sleep(0.001)
            is_whole = not part or part == whole or part.endswith(b".")
            assert pipe.state() is (State.CLEAR if is_whole else State.TORN)
        writer.close()
        reading.join()
    assert [item[:2] for item in got[:2]] == [(1, 2)] * 2 == list(pipe.arrived)
    assert got[2:] == [EOFError]


def fail() -> None:
    raise SystemExit(3)


def test_a_pool_whose_workers_never_begin_says_so() -> None:
    with multiprocessing.get_context("fork").Pool(1, fail) as pool:
        assert told(lambda: pool.map_async(die, [1]).get(20)) == (
            "worker W ended with exit code 3 while it had not asked for a task yet, as others before it: "
            "the pool can't go on"
        )
        for late in (pool.map, pool.imap, pool.apply_async):
            with pytest.raises(
                ValueError,
                match=r"Pool not running: worker .* ended with exit code 3 while it had not",
            ):
                late(die, [1])


def test_tasks_find_a_pool_whose_only_worker_is_being_replaced() -> None:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        for _ in range(20):
            pool.apply_async(os._exit, (1,))
            assert pool.map(die, [1]) == [2]


def test_tasks_that_come_as_a_pool_ends_are_told() -> None:
    """Either they were never taken, or they fail: nobody waits for ever."""
    taken: list[Any] = []
    refused: list[str] = []

    def give(pool: Any) -> None:
        try:
            while True:
                taken.append(pool.apply_async(die, (1,)))
                taken.append(pool.map_async(die, [1, 2]))
        except ValueError as error:
            refused.append(str(error))

    with multiprocessing.get_context("fork").Pool(1, fail) as pool:
        givers = [threading.Thread(target=give, args=(pool,)) for _ in range(2)]
        for giver in givers:
            giver.start()
        for giver in givers:
            giver.join(30)
        assert [said[:16] for said in refused] == ["Pool not running"] * 2
        for result in taken:
            with pytest.raises(anypickle.WorkerDiedError):
                result.get(20)


def test_the_error_of_an_executor_says_who_died_of_what(mp: BaseContext) -> None:
    with ProcessPoolExecutor(1, mp_context=mp) as executor:
        futures = [executor.submit(die, number) for number in range(5)]
        assert [future.result() for future in futures[:3]] == [0, 2, 4]
        for future in futures[3:]:
            with pytest.raises(BrokenProcessPool) as caught:
                future.result()
            (note,) = caught.value.__notes__
            assert re.fullmatch(
                r"anypickle: worker \S+ \(pid \d+\) was killed by SIGKILL while it ran die\(\), task 3 of the executor",
                note,
            )
        with pytest.raises(BrokenProcessPool, match="killed by SIGKILL while it ran die"):
            executor.submit(die, 1)


def test_a_task_that_ends_a_worker_of_an_executor_as_it_arrives_is_named() -> None:
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, mp_context=fork) as executor:
        assert executor.submit(die, 1).result() == 2
        with pytest.raises(BrokenProcessPool) as caught:
            executor.submit(die, EndsWhereItArrives()).result()
        assert caught.value.__notes__[0].endswith("was unpickling task 1 of the executor")


LOKY = """
import os
from joblib.externals import loky
with loky.ProcessPoolExecutor(1) as executor:
    try:
        print(list(executor.map(os._exit, [7])))
    except loky.process_executor.TerminatedWorkerError as error:
        print(error.__notes__)
    try:
        executor.submit(os._exit, 8)
    except loky.process_executor.TerminatedWorkerError as error:
        print("later", error.__notes__)
import joblib
try:
    joblib.Parallel(2)(joblib.delayed(os._exit)(6) for _ in range(2))
except loky.process_executor.TerminatedWorkerError as error:
    print(error.__notes__)
"""


def test_the_error_of_loky_says_who_died_of_what(run_script: ProgramRunner) -> None:
    done = run_script(LOKY, under="anypickle").ok()
    first, later, of_joblib = done.stdout.splitlines()
    said = "ended with exit code 7 while it ran _exit(), task 0 of the executor"
    assert said in first and said in later
    assert "ended with exit code 6 while it ran _exit(), task " in of_joblib
