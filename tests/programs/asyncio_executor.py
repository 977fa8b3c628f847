"""A service in asyncio sends methods of itself to a process pool."""

import asyncio
import multiprocessing
import sys
import threading
from concurrent.futures import ProcessPoolExecutor


class Service:
    def __init__(self):
        self.lock = threading.Lock()
        self.slots = asyncio.Semaphore(2)
        self.finish = lambda text: text + "!"

    def render(self, name):
        with self.lock:
            return self.finish(f"hello {name}")

    async def handle(self, executor, name):
        async with self.slots:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                executor, Renderer(self.lock, self.finish).render, name
            )


class Renderer:
    def __init__(self, lock, finish):
        self.lock = lock
        self.finish = finish

    render = Service.render


async def main(context):
    service = Service()
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        return await asyncio.gather(*(service.handle(executor, name) for name in "abc"))


if __name__ == "__main__":
    print(asyncio.run(main(multiprocessing.get_context(sys.argv[1]))))
