"""Locks, events and queues of asyncio: of no loop where they arrive."""

from __future__ import annotations

import asyncio
import pickle
import pickletools
from typing import Any

import pytest

import anypickle
from anypickle.policy import HeldLockWarning


@pytest.mark.parametrize(
    "kind", [asyncio.Lock, asyncio.Event, asyncio.Queue, asyncio.Semaphore, asyncio.Condition]
)
def test_one_that_no_loop_has_used_is_as_stock_has_it(kind: Any) -> None:
    primitive = kind()
    ours, stock = anypickle.dumps(primitive, 4), pickle.dumps(primitive, 4)
    assert pickletools.optimize(ours) == pickletools.optimize(stock)


def test_what_one_loop_has_used_serves_another() -> None:
    async def use() -> tuple[Any, ...]:
        lock, queue, event = asyncio.Lock(), asyncio.Queue[int](), asyncio.Event()
        await queue.put(7)
        await lock.acquire()
        waiting = [asyncio.create_task(lock.acquire()), asyncio.create_task(event.wait())]
        await asyncio.sleep(0)
        with pytest.warns(HeldLockWarning):
            data = anypickle.dumps((lock, queue, event))
        for task in waiting:
            task.cancel()
        return pickle.loads(data)

    async def use_again(lock: Any, queue: Any, event: Any) -> None:
        async with asyncio.timeout(5), lock:
            task = asyncio.create_task(event.wait())
            await asyncio.sleep(0)
            event.set()
            assert await task and await queue.get() == 7

    asyncio.run(use_again(*asyncio.run(use())))
