"""Shared queues under select and asyncio."""

from __future__ import annotations

import asyncio
import gc
import select
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from anypickle import shared

pytestmark = pytest.mark.may_leave("descriptors")


@pytest.fixture(autouse=True)
def _bells_end() -> Iterator[None]:
    """The thread of a queue's bell ends with the queue."""
    yield
    gc.collect()
    end = time.monotonic() + 10
    while any(thread.name == "anypickle-bell" for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_select() -> None:
    queue: Any = shared.Queue()
    assert select.select([queue], [], [], 0.05)[0] == []
    threading.Timer(0.05, queue.put, (1,)).start()
    assert select.select([queue], [], [], 30)[0] == [queue]
    assert queue.get_nowait() == 1
    assert select.select([queue], [], [], 0.05)[0] == []
    queue.put(2)
    assert select.select([queue], [], [], 30)[0] == [queue]


def test_several_get_at_once() -> None:
    async def run() -> list[Any]:
        queue: Any = shared.Queue()
        getters = [asyncio.ensure_future(queue.aget()) for _ in range(5)]
        await asyncio.sleep(0.05)
        for i in range(5):
            queue.put(i)
        return await asyncio.wait_for(asyncio.gather(*getters), 30)

    assert sorted(asyncio.run(run())) == [0, 1, 2, 3, 4]


def test_put_waits_for_room() -> None:
    async def run() -> list[Any]:
        queue: Any = shared.Queue(1)
        putters = [asyncio.ensure_future(queue.aput(i)) for i in range(5)]
        await asyncio.sleep(0.05)
        got = [await asyncio.wait_for(queue.aget(), 30) for _ in range(5)]
        await asyncio.gather(*putters)
        return got

    assert sorted(asyncio.run(run())) == [0, 1, 2, 3, 4]


def test_a_cancelled_get_takes_nothing() -> None:
    async def run() -> Any:
        queue: Any = shared.Queue()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(queue.aget(), 0.05)
        queue.put("still there")
        return await asyncio.wait_for(queue.aget(), 30)

    assert asyncio.run(run()) == "still there"
