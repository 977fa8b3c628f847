"""Kinds of asyncio. Runs in `__main__`; see `zoo.send`."""

import asyncio

from tests.interop.zoo import kind


@kind(
    "asyncio.Queue with items",
    """
    import asyncio
    async def main():
        assert await value.get() == 1 and value.maxsize == 3
    asyncio.run(main())
    """,
)
def _():
    made = asyncio.Queue(3)
    made.put_nowait(1)
    return made


@kind(
    "asyncio.Semaphore, Event and Condition",
    """
    import asyncio
    async def main():
        s, e, c = value
        async with s:
            pass
        await asyncio.wait_for(e.wait(), 1)
        async with c:
            c.notify_all()
    asyncio.run(main())
    """,
)
def _():
    event = asyncio.Event()
    event.set()
    return asyncio.Semaphore(2), event, asyncio.Condition()


@kind(
    "asyncio.Lock that a loop has used",
    "import asyncio\nasync def main():\n    async with value: pass\nasyncio.run(main())",
)
def _():
    lock = asyncio.Lock()

    async def main():
        async def use():
            async with lock:
                await asyncio.sleep(0)

        await asyncio.gather(use(), use())

    asyncio.run(main())
    return lock


@kind("asyncio event loop (refused)", "")
def _():
    return asyncio.new_event_loop()


@kind("asyncio Future (refused)", "")
def _():
    return asyncio.new_event_loop().create_future()


@kind("asyncio Runner", "import asyncio\nwith value: assert value.run(asyncio.sleep(0, 5)) == 5")
def _():
    return asyncio.Runner()


@kind("asyncio.Future that is done (refused)", "")
def _():
    future = asyncio.new_event_loop().create_future()
    future.set_result(1)
    return future


@kind(
    "asyncio.timeout",
    "import asyncio\nasync def main():\n    async with value: pass\nasyncio.run(main())",
)
def _():
    async def main():
        return asyncio.timeout(5)

    return asyncio.run(main())


@kind(
    "asyncio exceptions",
    """
    import asyncio
    a, b = value
    assert isinstance(a, asyncio.CancelledError)
    assert b.partial == b'x'
    assert b.expected == 3
    """,
)
def _():
    return asyncio.CancelledError(), asyncio.IncompleteReadError(b"x", 3)


@kind("asyncio.StreamReader (refused)", "")
def _():
    return asyncio.StreamReader(loop=asyncio.new_event_loop())
