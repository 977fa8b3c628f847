"""Keeps a model in a file between runs: a model that guards its data with a lock.

Three classes, as people write them: one that never thought of pickling, one whose `__setstate__` makes a
new lock, and one that is entered and left with `with`.
"""

import _thread
import argparse
import json
import pickle
import tempfile
import threading
from pathlib import Path


class MyModel:
    """A lock and data."""

    def __init__(self, data):
        self.lock = _thread.RLock()
        self.data = data

    def mean(self):
        with self.lock:
            return sum(self.data) / len(self.data)


class CarefulModel(MyModel):
    """Leaves its lock at home and makes a new one where it arrives."""

    def __getstate__(self):
        state = self.__dict__.copy()
        del state["lock"]
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.lock = threading.RLock()


class ManagedModel(MyModel):
    """Is held for the time of a `with` block."""

    def __enter__(self):
        self.lock.acquire()
        return self

    def __exit__(self, *exc):
        self.lock.release()


def kept(model, path):
    """Write a model to a file and read it again."""
    with open(path, "wb") as file:
        pickle.dump(model, file)
    with open(path, "rb") as file:
        return pickle.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--single", action="store_true", help="keep nothing in a file")
    options = parser.parse_args()

    data = [number * number % 17 for number in range(50)]
    result = {}
    with tempfile.TemporaryDirectory() as directory:
        for cls in (MyModel, CarefulModel, ManagedModel):
            model = cls(data)
            if not options.single:
                model = kept(model, Path(directory, "model.pkl"))
            free = model.lock.acquire(timeout=1)
            model.lock.release()
            result[cls.__name__] = [model.mean(), "lock is free" if free else "lock is held"]
        with ManagedModel(data) as model:
            result["in a with block"] = model.mean()
    print("result:", json.dumps(result))


if __name__ == "__main__":
    main()
