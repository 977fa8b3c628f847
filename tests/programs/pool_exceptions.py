"""Exceptions whose `__init__` wants more than it hands on, from every kind of pool."""

import multiprocessing
import sys
import threading
from concurrent.futures import ProcessPoolExecutor


class NotFound(Exception):
    def __init__(self, name, code):
        super().__init__(f"{name} is not there")
        self.code = code
        self.lock = threading.Lock()


class Rejected(OSError):
    def __init__(self, *, reason):
        super().__init__(13, reason)
        self.reason = reason


def fail(number):
    if number:
        raise NotFound("x", 404)
    raise Rejected(reason="closed")


def try_all(submit):
    for number in (0, 1):
        try:
            submit(number)
        except Rejected as error:
            print("Rejected", error.errno, error.reason)
        except NotFound as error:
            print("NotFound", error, error.code, error.lock.locked())


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        try_all(lambda number: pool.apply_async(fail, (number,)).get(20))
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        try_all(lambda number: executor.submit(fail, number).result(20))
