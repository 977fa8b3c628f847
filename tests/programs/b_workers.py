"""Processes that are objects: each holds queues and events, the parent uses them as attributes; a child starts more."""

import multiprocessing
import queue
import sys
import threading

context = multiprocessing.get_context(sys.argv[1])


class Worker(context.Process):
    def __init__(self, lock, total):
        super().__init__()
        self.inbox, self.outbox = queue.Queue(), queue.Queue()
        self.ready, self.stop = threading.Event(), threading.Event()
        self.lock, self.total = lock, total

    def run(self):
        helper = context.Process(target=add, args=(self.lock, self.total, 25))
        helper.start()
        add(self.lock, self.total, 25)
        helper.join()
        self.ready.set()
        while not self.stop.is_set():
            try:
                self.outbox.put(self.inbox.get(timeout=0.05) * 2)
            except queue.Empty:
                continue
        self.outbox.put("stopped")


def add(lock, total, times):
    for _ in range(times):
        with lock:
            total.value = total.value + 1


if __name__ == "__main__":
    total = context.Value("i", 0, lock=False)
    lock = threading.Lock()
    workers = [Worker(lock, total) for _ in range(2)]
    for worker in workers:
        worker.start()
    print([worker.ready.wait(30) for worker in workers], total.value)
    for number, worker in enumerate(workers, 1):
        worker.inbox.put(number)
    print([worker.outbox.get(timeout=30) for worker in workers])
    for worker in workers:
        worker.stop.set()
    print([worker.outbox.get(timeout=30) for worker in workers])
    for worker in workers:
        worker.join()
    print([worker.exitcode for worker in workers])
