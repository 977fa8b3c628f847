"""Methods of an object with a lock and a logger through every way that a Pool has."""

import logging
import multiprocessing
import sys
import threading


class Scaler:
    def __init__(self, factor):
        self.factor = factor
        self.lock = threading.RLock()
        self.log = logging.getLogger("scaler")
        self.calls = 0

    def scale(self, x):
        with self.lock:
            self.calls += 1
            return x * self.factor

    def pair(self, x, y):
        return self.scale(x), self

    @classmethod
    def make(cls, factor):
        return cls(factor)


if __name__ == "__main__":
    scaler = Scaler(3)
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print(pool.map(scaler.scale, range(4)))
        print(
            list(pool.imap(scaler.scale, range(3))),
            sorted(pool.imap_unordered(scaler.scale, range(3))),
        )
        ((value, other),) = pool.starmap(scaler.pair, [(1, 2)])
        print(value, type(other) is Scaler, other.calls, other.lock.acquire(timeout=1))
        print(pool.apply_async(Scaler.make, (7,)).get(20).scale(2))
