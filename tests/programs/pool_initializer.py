"""A Pool's initializer keeps a lock, a queue and an event for its workers in globals."""

import multiprocessing
import queue
import sys
import threading
import time

shared = {}


def initialize(lock, results, go):
    shared.update(lock=lock, results=results, go=go)


def work(number):
    assert shared["go"].wait(20)
    with shared["lock"]:
        shared["results"].put(number)


if __name__ == "__main__":
    lock, results, go = threading.Lock(), queue.Queue(), threading.Event()
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2, initialize, (lock, results, go)) as pool:
        pending = pool.map_async(work, range(6))
        time.sleep(0.1)
        print(results.qsize())
        go.set()
        pending.get(20)
        print(sorted(results.get(timeout=5) for _ in range(6)), lock.acquire(blocking=False))
