"""Four processes and the parent count under one `threading.Lock`, given as an argument."""

import multiprocessing
import sys
import threading
import time


def count(lock, counter, times):
    for _ in range(times):
        with lock:
            seen = counter.value
            time.sleep(0.0002)
            counter.value = seen + 1


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    lock, counter = threading.Lock(), context.Value("i", 0, lock=False)
    processes = [context.Process(target=count, args=(lock, counter, 40)) for _ in range(4)]
    for process in processes:
        process.start()
    count(lock, counter, 40)
    for process in processes:
        process.join()
    print(counter.value)
