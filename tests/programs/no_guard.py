"""No guard at all: Python says what is wrong, and so it stays."""

import multiprocessing
import sys
import threading


class Thing:
    def __init__(self):
        self.lock = threading.Lock()

    def work(self):
        print("worked")


multiprocessing.set_start_method(sys.argv[1], force=True)
process = multiprocessing.Process(target=Thing().work)
process.start()
process.join()
print("exit code", process.exitcode)
