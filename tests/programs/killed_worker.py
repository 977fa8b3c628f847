"""A consumer is killed while it waits; the parent and the other consumer go on, and every timeout holds."""

import multiprocessing
import os
import queue
import signal
import sys
import time


def consume(jobs, results):
    results.put(("ready", os.getpid()))
    for job in iter(jobs.get, None):
        results.put(("done", job))


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    jobs, results = queue.Queue(), queue.Queue()
    workers = [context.Process(target=consume, args=(jobs, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    pids = [results.get(timeout=20)[1] for _ in range(2)]
    os.kill(pids[0], signal.SIGKILL)
    for worker in workers:
        if worker.pid == pids[0]:
            worker.join(20)
            print(worker.exitcode)
    for job in range(5):
        jobs.put(job, timeout=20)
    print(sorted(results.get(timeout=20)[1] for _ in range(5)))
    start = time.monotonic()
    try:
        results.get(timeout=0.3)
    except queue.Empty:
        print("empty", time.monotonic() - start < 15)
    jobs.put(None)
    for worker in workers:
        worker.join(20)
