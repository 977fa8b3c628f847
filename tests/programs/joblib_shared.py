"""A queue and a lock among the arguments of joblib's tasks are the caller's own."""

import queue
import sys
import threading

from joblib import Parallel, delayed


def work(number, progress, lock):
    with lock:
        progress.put(number)
    return number


if __name__ == "__main__":
    progress, lock = queue.Queue(), threading.Lock()
    seen = []
    thread = threading.Thread(target=lambda: seen.extend(iter(progress.get, None)))
    thread.start()
    print(
        Parallel(n_jobs=2, backend=sys.argv[1])(delayed(work)(n, progress, lock) for n in range(5))
    )
    progress.put(None)
    thread.join(20)
    print(sorted(seen), lock.locked())
