"""An executor runs methods of an object with a queue, a log file and a lock; the queue is the parent's."""

import logging
import multiprocessing
import queue
import sys
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


class Crawler:
    def __init__(self, path):
        self.file = open(path, "w")
        self.found = queue.Queue()
        self.lock = threading.Lock()
        self.log = logging.getLogger(__name__)

    def visit(self, page):
        with self.lock:
            self.found.put(f"link on {page}")
        return page.upper()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        crawler = Crawler(Path(name) / "log.txt")
        context = multiprocessing.get_context(sys.argv[1])
        with ProcessPoolExecutor(2, mp_context=context) as executor:
            print(list(executor.map(crawler.visit, ["a", "b", "c"])))
        print(sorted(crawler.found.get(timeout=20) for _ in range(3)))
        crawler.file.close()
