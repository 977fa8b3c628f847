"""Workers as subclasses of Process that get their queue, lock and logger from the constructor."""

import logging
import multiprocessing
import queue
import sys
import threading


def worker_class(context):
    return Spawned if context.get_start_method() == "spawn" else Forked


class Mixin:
    def __init__(self, jobs, results, lock):
        super().__init__()
        self.jobs = jobs
        self.results = results
        self.lock = lock
        self.log = logging.getLogger("worker")

    def run(self):
        while True:
            try:
                job = self.jobs.get(timeout=0.5)
            except queue.Empty:
                return
            with self.lock:
                self.results.put((job, job**2))
            self.jobs.task_done()


class Forked(Mixin, multiprocessing.get_context("fork").Process):
    pass


class Spawned(Mixin, multiprocessing.get_context("spawn").Process):
    pass


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    jobs, results, lock = queue.Queue(), queue.Queue(), threading.Lock()
    for job in range(8):
        jobs.put(job)
    workers = [worker_class(context)(jobs, results, lock) for _ in range(2)]
    for worker in workers:
        worker.start()
    jobs.join()
    print(sorted(results.get(timeout=20) for _ in range(8)))
    for worker in workers:
        worker.join()
