"""Results that hold locks, queues, closures and files come back from an executor."""

import multiprocessing
import queue
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed


class Session:
    def __init__(self, number):
        self.number = number
        self.lock = threading.Lock()
        self.jobs = queue.Queue()
        self.jobs.put(number)
        self.describe = lambda: f"session {number}"


def connect(number):
    return Session(number)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        futures = [executor.submit(connect, number) for number in range(3)]
        sessions = sorted((f.result() for f in as_completed(futures)), key=lambda s: s.number)
    for session in sessions:
        with session.lock:
            print(session.describe(), session.jobs.get(timeout=5))
