"""When the process is started the lock is held, and a thread waits for it."""

import multiprocessing
import queue
import sys
import threading
import time


def child(lock, out):
    out.put("started")
    with lock:
        out.put("child")


def wait(lock, out):
    with lock:
        out.put("thread")


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    for make in (threading.Lock, threading.RLock):
        lock, out = make(), queue.Queue()
        lock.acquire()
        thread = threading.Thread(target=wait, args=(lock, out))
        thread.start()
        process = context.Process(target=child, args=(lock, out))
        process.start()
        first = out.get()
        time.sleep(0.1)
        print(first, out.empty())
        lock.release()
        print(sorted([out.get(timeout=30), out.get(timeout=30)]))
        process.join()
        thread.join()
        print(lock.acquire(blocking=False))
        lock.release()
