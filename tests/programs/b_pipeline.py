"""Three stages, two bounded queues, several workers in each; `task_done` and `join` between processes."""

import multiprocessing
import queue
import sys


def double(source, target):
    for item in iter(source.get, None):
        target.put(item * 2)
        source.task_done()
    source.task_done()


def add_one(source, target):
    for item in iter(source.get, None):
        target.put(item + 1)
        source.task_done()
    source.task_done()


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    first, second, third = queue.Queue(3), queue.Queue(3), queue.Queue()
    stages = [context.Process(target=double, args=(first, second)) for _ in range(2)]
    stages += [
        context.Process(target=add_one, kwargs={"source": second, "target": third})
        for _ in range(2)
    ]
    for stage in stages:
        stage.start()
    for number in range(20):
        first.put(number)
    first.join()
    second.join()
    for channel in (first, first, second, second):
        channel.put(None)
    for stage in stages:
        stage.join()
    results = []
    while not third.empty():
        results.append(third.get_nowait())
    print(sorted(results))
