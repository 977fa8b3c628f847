"""Children log into a queue with `QueueHandler`; the parent's `QueueListener` writes what they say."""

import logging
import logging.handlers
import multiprocessing
import queue
import sys


def work(handler, number):
    log = logging.getLogger("child")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.info("from child %d", number)


class Collect(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    records = queue.Queue()
    collect = Collect()
    listener = logging.handlers.QueueListener(records, collect)
    listener.start()
    children = [
        context.Process(target=work, args=(logging.handlers.QueueHandler(records), number))
        for number in range(2)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    listener.stop()
    print(sorted(collect.lines))
