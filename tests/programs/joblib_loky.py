"""joblib's default backend over objects with locks, closures, open files and numpy arrays."""

import sys
import tempfile
import threading

import numpy
from joblib import Parallel, delayed


class Model:
    def __init__(self, path):
        self.lock = threading.RLock()
        self.path = path
        self.log = open(path, "a")
        self.transform = lambda x: x * 2

    def fit(self, array, number):
        with self.lock:
            self.fitted = float(self.transform(array).sum()) + number
        return self


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        model = Model(name + "/log.txt")
        array = numpy.ones(200_000)
        fitted = Parallel(n_jobs=2, backend=sys.argv[1])(
            delayed(model.fit)(array, number) for number in range(3)
        )
        print([m.fitted for m in fitted], {type(m) is Model for m in fitted})
        print(
            Parallel(n_jobs=2, backend=sys.argv[1])(delayed(lambda x: x + 1)(x) for x in range(3))
        )
        for m in [model, *fitted]:
            m.log.close()
