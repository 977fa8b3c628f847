"""Models, layers and optimizers under `anypickle run`: everything about them arrives, wherever they go."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

BEGIN = """
import copy, pickle, sys
import numpy as np, keras

X = np.random.default_rng(0).random((32, 4)).astype("float32")
y = X.sum(1)
SCALE = 3.0

@keras.saving.register_keras_serializable()
class Registered(keras.layers.Layer):
    def call(self, x):
        return x + SCALE

class Double(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.note = units, "as made"
        self.dense = keras.layers.Dense(units)
    def call(self, x):
        return self.dense(x) * 2
    def get_config(self):
        return {**super().get_config(), "units": self.units}

class Own(keras.Model):
    \"\"\"Has no get_config, and takes a layer and a function.\"\"\"
    def __init__(self, units, encoder, scale=lambda x: x):
        super().__init__()
        self.units, self.scale, self.table = units, scale, [1, 2]
        self.encoder, self.hidden, self.out = encoder, keras.layers.Dense(units), keras.layers.Dense(1)
    def call(self, x):
        return self.scale(self.out(self.hidden(self.encoder(x))))

class Stack(keras.Sequential):
    \"\"\"Makes one layer itself.\"\"\"
    def __init__(self, units):
        super().__init__()
        self.add(keras.layers.Dense(units))

def my_loss(true, predicted):
    return keras.ops.mean((true - predicted) ** 2) * SCALE

def my_metric(true, predicted):
    return keras.ops.mean(true)

def layered():
    model = keras.Sequential([keras.Input((4,)), Double(5), Registered(), keras.layers.Lambda(lambda x: x / SCALE),
                              keras.layers.Dense(1, activation=lambda t: t * SCALE)])
    model.compile(keras.optimizers.Adam(0.01), loss=my_loss, metrics=["mae", my_metric])
    model.layers[0].note = "noted"
    return model

def own():
    model = Own(4, keras.layers.Dense(3), scale=lambda x: x * SCALE)
    model.compile("adam", "mse")
    return model

def stacked():
    model = Stack(6)
    model.add(keras.layers.Dropout(0.5))
    model.add(keras.layers.Dense(1))
    model.compile("sgd", lambda a, b: my_loss(a, b))
    return model

def frozen():
    model = layered()
    model.layers[0].trainable = False
    model.compile("adam", "mse")
    return model

def same(model, twin, trained=True):
    assert twin is not model and type(twin) is type(model)
    np.testing.assert_allclose(twin.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-5)
    assert twin.threshold == 0.7, vars(twin)
    assert len(twin.optimizer.variables) == len(model.optimizer.variables) > 1
    for one, other in zip(model.optimizer.variables, twin.optimizer.variables):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other))
    assert len(twin.trainable_variables) == len(model.trainable_variables)
    twin.fit(X, y, epochs=1, verbose=0)

def made():
    for make in (layered, own, stacked, frozen):
        keras.utils.set_random_seed(0)
        model = make()
        model.fit(X, y, epochs=2, verbose=0)
        model.threshold = 0.7
        yield make.__name__, model
"""

SAME_PROCESS = """
for name, model in made():
    same(model, copy.deepcopy(model))
    same(model, pickle.loads(pickle.dumps(model)))
    if name == "layered":
        assert copy.deepcopy(model).layers[0].note == "noted"
        assert model.layers[0].note == "noted"
    if name == "own":
        model.table.append(7)
        twin = pickle.loads(pickle.dumps(model))
        assert list(twin.table) == [1, 2, 7] and twin.units == 4
    if name == "stacked":
        assert len(copy.deepcopy(model).layers) == 3

# what was on an attribute and what a lock guards
import threading
class Guard:
    def __init__(self):
        self.lock = threading.RLock()
        self.limits = {"low": 1}
model.guard = Guard()
twin = copy.deepcopy(model)
assert twin.guard is not model.guard and twin.guard.limits == {"low": 1} and twin.guard.lock.acquire(timeout=1)

# the numbering of the program's own layers is not disturbed, and neither are Keras' saved files
names = [keras.layers.Dense(1).name for _ in range(2)]
pickle.dumps(model)
assert int(keras.layers.Dense(1).name.split("_")[1]) == int(names[1].split("_")[1]) + 1

# losses, metrics, optimizers, assets
assert pickle.loads(pickle.dumps(keras.losses.BinaryCrossentropy(True))).get_config()["from_logits"]
metric = keras.metrics.Mean()
metric.update_state([1.0, 3.0])
assert float(pickle.loads(pickle.dumps(metric)).result()) == 2.0
assert float(pickle.loads(pickle.dumps(keras.optimizers.SGD(0.125))).learning_rate) == 0.125
stateful = keras.optimizers.Adam(0.5)
weights = [keras.Variable(np.ones(3))]
stateful.apply([keras.ops.ones(3)], weights)
for twin in (copy.deepcopy(stateful), pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(stateful))))):
    assert int(twin.iterations) == 0
    twin.build(weights)
    assert int(twin.iterations) == 1
    for one, other in zip(stateful.variables, twin.variables):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other))
text = keras.layers.TextVectorization()
text.adapt(["a b", "b"])
assert copy.deepcopy(text).get_vocabulary() == text.get_vocabulary()
"""

ACROSS = """
import concurrent.futures, multiprocessing
from joblib import Parallel, delayed

def predicted(model):
    return model.predict(X, verbose=0), model.threshold, model

def check(model, answer):
    np.testing.assert_allclose(answer[0], model.predict(X, verbose=0), rtol=1e-5)
    assert answer[1] == 0.7
    same(model, answer[2])

if __name__ == "__main__":
    models = dict(made())
    for model, answer in zip(models.values(), Parallel(n_jobs=2)(delayed(predicted)(m) for m in models.values())):
        check(model, answer)
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        for model, answer in zip(models.values(), pool.map(predicted, models.values())):
            check(model, answer)
    stock = {name: pickle.dumps(model) for name, model in models.items()}
    predictions = {name: model.predict(X, verbose=0) for name, model in models.items()}
    with open(sys.argv[1], "wb") as file:
        pickle.dump((X, predictions, stock), file)
"""

ELSEWHERE = """
import pickle, sys
import numpy as np
X, predictions, stock = pickle.load(open(sys.argv[1], "rb"))
assert set(stock) == {"layered", "own", "stacked", "frozen"}
for name, data in stock.items():
    model = pickle.loads(data)
    np.testing.assert_allclose(model.predict(X, verbose=0), predictions[name], rtol=1e-5)
    assert model.threshold == 0.7
"""


def test_models_of_classes_in_main_survive_copies_and_pickles_in_their_process(run_keras):
    run_keras(BEGIN + SAME_PROCESS, under="anypickle")


def test_models_of_classes_in_main_work_in_other_processes_and_programs(run_keras, tmp_path):
    run_keras(BEGIN + ACROSS, str(tmp_path / "models"), under="anypickle")
    run_keras(ELSEWHERE, str(tmp_path / "models"))
