"""What tasks of pools and executors are handed, and what is left when all is done."""

from __future__ import annotations

import multiprocessing
import os
import queue
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext
from typing import Any

import pytest

from anypickle.shared.promoted import PromotedQueue
from tests.helpers import proc
from tests.helpers.started import end, start

pytestmark = [pytest.mark.may_leave("descriptors"), pytest.mark.usefixtures("installed")]


def _use(lock: Any, inbox: Any) -> tuple[Any, Any]:
    with lock:
        inbox.put(os.getpid())
    return lock, inbox


def _use_pair(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    return _use(*pair)


def test_arguments_of_a_pool_are_shared(mp: BaseContext) -> None:
    lock, inbox = threading.Lock(), queue.Queue[Any]()
    with mp.Pool(2) as pool:
        answers = pool.map(_use_pair, [(lock, inbox)] * 3)
        answers.append(pool.apply(_use, (lock,), {"inbox": inbox}))
    assert inbox.qsize() == 4
    assert isinstance(inbox, PromotedQueue)
    assert all(answer == (lock, inbox) for answer in answers)


def test_arguments_of_an_executor_are_shared(mp: BaseContext) -> None:
    lock, inbox = threading.Lock(), queue.Queue[Any]()
    with lock, ProcessPoolExecutor(1, mp_context=mp) as executor:
        blocked = executor.submit(_try_lock, lock)
        assert blocked.result(30) is False
        assert executor.submit(_put, inbox, 1).result(30) is None
    assert inbox.get(timeout=1) == 1


def _put(inbox: Any, item: Any) -> None:
    inbox.put(item)


def _try_lock(lock: Any) -> bool:
    got: bool = lock.acquire(timeout=0.1)
    return got


def _make_queue() -> queue.Queue[Any]:
    made: queue.Queue[Any] = queue.Queue()
    made.put("made there")
    return made


def _send_last_words(connection: Any) -> None:
    connection.send(_make_queue())


def test_a_queue_outlives_the_process_that_made_it(mp: BaseContext) -> None:
    reader, writer = mp.Pipe(duplex=False)
    process = start(mp, _send_last_words, writer)
    end(process)
    assert reader.recv().get(timeout=1) == "made there"
    reader.close()
    writer.close()


def test_the_door_is_closed_when_all_borrowers_are_gone(mp: BaseContext) -> None:
    end(start(mp, _try_lock, threading.Lock()))
    assert proc.wait_until(
        lambda: not [t for t in threading.enumerate() if t.name.startswith("anypickle")], seconds=10
    )


def test_a_start_that_fails_leaves_the_arguments_alone() -> None:
    lock = threading.Lock()
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=int, args=(lock, (i for i in ())))
    with pytest.raises(TypeError, match="generator"):
        process.start()
    assert process._args[0] is lock  # type: ignore[attr-defined]
