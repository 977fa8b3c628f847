"""A model guards its data with an RLock, and is kept in a file."""

import _thread
import pickle
import tempfile
from pathlib import Path


class MyModel:
    def __init__(self):
        self.lock = _thread.RLock()
        self.data = {}

    def learn(self, key, value):
        with self.lock, self.lock:
            self.data[key] = value


if __name__ == "__main__":
    model = MyModel()
    model.learn("a", 1)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "model.pkl"
        with open(path, "wb") as f:
            pickle.dump(model, f)
        with open(path, "rb") as f:
            loaded = pickle.load(f)
    loaded.learn("b", 2)
    print(type(loaded) is MyModel, loaded.data, model.data, loaded.lock is model.lock)
