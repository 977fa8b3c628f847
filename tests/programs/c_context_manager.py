"""The model as a context manager that holds its lock; saved inside the block, where the lock is held."""

import pickle
import threading
import warnings


class MyModel:
    def __init__(self):
        self.lock = threading.RLock()
        self.data = []

    def __enter__(self):
        self.lock.acquire()
        return self

    def __exit__(self, *error):
        self.lock.release()


if __name__ == "__main__":
    model = MyModel()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with model:
            model.data.append(1)
            saved = pickle.dumps(model)
    loaded = pickle.loads(saved)
    with loaded:
        loaded.data.append(2)
    done = []
    thread = threading.Thread(target=lambda: done.append(loaded.lock.acquire(timeout=5)))
    thread.start()
    thread.join()
    print(loaded.data, done, [(w.category.__name__, "lock" in str(w.message)) for w in caught])
