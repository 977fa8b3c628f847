"""A thread of the parent waits for news of the children in a queue that an object holds; it waits from the start."""

import multiprocessing
import queue
import sys
import threading


class Job:
    def __init__(self, count):
        self.count = count
        self.news = queue.Queue()
        self.seen = []
        self.done = threading.Event()
        self.watcher = None

    def __getstate__(self):
        state = self.__dict__.copy()
        state["watcher"] = None
        return state

    def watch(self):
        for item in iter(self.news.get, "end"):
            self.seen.append(item)
        self.done.set()

    def work(self, part):
        for step in range(self.count):
            self.news.put((part, step))

    def run(self, context):
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()
        workers = [context.Process(target=self.work, args=(part,)) for part in "ab"]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.news.put("end")
        self.watcher.join(20)
        return sorted(self.seen), self.done.is_set()


if __name__ == "__main__":
    print(Job(3).run(multiprocessing.get_context(sys.argv[1])))
