"""Objects with locks and closures through multiprocessing's own Queue, SimpleQueue, JoinableQueue and Pipe."""

import multiprocessing
import sys
import threading


class Job:
    def __init__(self, number):
        self.number = number
        self.lock = threading.Lock()
        self.run = lambda: number * 10


def work(source, target, pipe):
    for _ in range(2):
        job = source.get()
        with job.lock:
            job.result = job.run()
        target.put(job)
        source.task_done()
    pipe.send(Job(99))


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    source, target = context.JoinableQueue(), context.SimpleQueue()
    here, there = context.Pipe()
    process = context.Process(target=work, args=(source, target, there))
    process.start()
    for number in (1, 2):
        source.put(Job(number))
    source.join()
    print(sorted((job.number, job.result) for job in (target.get(), target.get())))
    print(here.recv().run())
    process.join()
