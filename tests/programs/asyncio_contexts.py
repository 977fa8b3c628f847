"""Tasks of a process pool run in the context of the request that they belong to."""

import asyncio
import contextvars
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

request = contextvars.ContextVar("request", default="none")


class User:
    name = contextvars.ContextVar("name")


def describe(what):
    return f"{request.get()} of {User.name.get('nobody')}: {what}"


async def handle(executor, number, name):
    request.set(number)
    User.name.set(name)
    loop = asyncio.get_running_loop()
    context = contextvars.copy_context()
    return await loop.run_in_executor(executor, context.run, describe, "done")


async def main(method):
    with ProcessPoolExecutor(1, mp_context=method) as executor:
        print(await asyncio.gather(handle(executor, 1, "ann"), handle(executor, 2, "bob")))


if __name__ == "__main__":
    asyncio.run(main(multiprocessing.get_context(sys.argv[1])))
