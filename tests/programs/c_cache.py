"""A memoizing class keeps functions, an `lru_cache`, closures and a lock, and goes to a file and back."""

import functools
import pickle
import threading


class Cache:
    def __init__(self, factor):
        self.lock = threading.Lock()
        self.hits = {}
        self.compute = lambda x: x * factor
        self.later = functools.partial(lambda a, b: a - b, 10)

    def get(self, key):
        with self.lock:
            if key not in self.hits:
                self.hits[key] = self.compute(key)
            return self.hits[key]


if __name__ == "__main__":
    cache = Cache(3)
    cache.get(2)
    loaded = pickle.loads(pickle.dumps(cache))
    print(loaded.get(5), loaded.hits, loaded.later(4), type(loaded) is Cache)
