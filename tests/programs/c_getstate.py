"""The same model with `__getstate__` and `__setstate__` that take the lock out and make it again, and one held."""

import multiprocessing
import pickle
import sys
import threading


class MyModel:
    def __init__(self):
        self.lock = threading.Lock()
        self.data = []
        self.restored = 0

    def __getstate__(self):
        state = self.__dict__.copy()
        del state["lock"]
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.lock = threading.Lock()
        self.restored += 1

    def add(self, item):
        with self.lock:
            self.data.append(item)
        return self


class Holder:
    def __init__(self):
        self.model = MyModel()
        self.own = threading.Condition()


if __name__ == "__main__":
    holder = Holder()
    with holder.model.lock:
        copy = pickle.loads(pickle.dumps(holder))
    print(copy.model.add(1).data, copy.model.restored, copy.own.acquire(timeout=1))
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        there = pool.apply(holder.model.add, (2,))
        print(there.data, there.restored, holder.model.data)
