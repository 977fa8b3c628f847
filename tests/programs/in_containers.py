"""Locks and queues in lists, dicts and keyword arguments, and a queue that an argument holds."""

import multiprocessing
import queue
import sys
import threading
import time


class Bag:
    def __init__(self):
        self.names = queue.Queue()


def work(tools, locks, *, extra):
    for _ in range(10):
        with locks[0][0]:
            seen = extra["counter"].value
            time.sleep(0.0002)
            extra["counter"].value = seen + 1
    tools["queues"]["out"].put(extra["name"])
    extra["bag"].names.put(extra["name"])
    tools["done"].release()


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    lock, bag = threading.Lock(), Bag()
    tools = {"queues": {"out": queue.Queue()}, "done": threading.Semaphore(0)}
    counter = context.Value("i", 0, lock=False)
    processes = [
        context.Process(
            target=work,
            args=(tools, ([lock], 1)),
            kwargs={"extra": {"counter": counter, "name": name, "bag": bag}},
        )
        for name in range(4)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        assert tools["done"].acquire(timeout=30)
    for process in processes:
        process.join()
    names = [sorted(q.get() for _ in range(4)) for q in (tools["queues"]["out"], bag.names)]
    print(counter.value, names)
