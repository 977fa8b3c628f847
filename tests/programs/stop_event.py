"""Workers that run until an Event tells them to stop, with a timeout on everything."""

import multiprocessing
import queue
import sys
import threading


def work(stop, ticks):
    while not stop.wait(0.01):
        try:
            ticks.put("tick", timeout=0.1)
        except queue.Full:
            continue
    ticks.put("stopped", timeout=5)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    stop, ticks = threading.Event(), queue.Queue()
    workers = [context.Process(target=work, args=(stop, ticks)) for _ in range(2)]
    for worker in workers:
        worker.start()
    first = [ticks.get(timeout=20) for _ in range(4)]
    stop.set()
    for worker in workers:
        worker.join(20)
    rest = [ticks.get_nowait() for _ in range(ticks.qsize())]
    print(first, rest.count("stopped"), [worker.exitcode for worker in workers])
