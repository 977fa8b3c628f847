"""Keras' own scikit-learn wrappers under `anypickle.install()`, against what they do without it."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

PROGRAM = """
import copy, pickle, random
import numpy as np, keras, sklearn
import anypickle
from keras.wrappers import SKLearnClassifier, SKLearnRegressor
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

X, y = make_classification(90, 6, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
letters = np.array(["a", "b", "c"])[y]
two = y % 2

def binary(X, y, units=4):
    return finished(X, 1, "sigmoid", "binary_crossentropy", units)

def soft(X, y, loss="categorical_crossentropy"):
    return finished(X, y.shape[1], "softmax", loss)

def own_arguments(units=4):
    return finished(X, 1, "sigmoid", "binary_crossentropy", units)

def finished(X, outputs, activation, loss, units=8):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((X.shape[1],)), keras.layers.Dense(units, activation="relu"),
                              keras.layers.Lambda(lambda x: x * FACTOR),
                              keras.layers.Dense(outputs, activation=activation)])
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model

FACTOR = 2.0
quiet = {"epochs": 3, "verbose": 0}

def scores(estimator, target, **options):
    random.seed(0)
    return cross_val_score(estimator, X, target, cv=3, **options)

# what works today gives the same with anypickle installed
plain = scores(SKLearnClassifier(soft), letters, params=quiet)
def state():
    classes = {keras.Sequential, keras.Model, *keras.layers.Dense.__mro__, *SKLearnClassifier.__mro__}
    caches = ("__slotnames__", "__annotations__")  # Python's own
    return {(cls, name): value for cls in classes for name, value in vars(cls).items() if name not in caches}
before = state()
anypickle.install()
assert np.array_equal(plain, scores(SKLearnClassifier(soft), letters, params=quiet))

# clone keeps what it was given, and owns it
wrapped = SKLearnClassifier(binary, model_kwargs={"units": 3}, fit_kwargs=quiet)
twin = clone(wrapped)
assert twin.fit_kwargs == quiet and twin.model_kwargs == {"units": 3} and twin.model is binary
assert twin.fit_kwargs is not wrapped.fit_kwargs
twin.fit(X, two, epochs=1)
assert twin.history_.epoch == [0] and twin.fit_kwargs == quiet

# the target has the form that the model needs
assert set(twin.predict(X)) <= {0, 1} and twin.predict(X).shape == (90,)
assert twin.predict_proba(X).shape == (90, 2) and twin.decision_function(X).shape == (90,)
for loss in ("categorical_crossentropy", "sparse_categorical_crossentropy"):
    three = SKLearnClassifier(soft, model_kwargs={"loss": loss}, fit_kwargs={"epochs": 15, "verbose": 0})
    assert three.fit(X, letters).score(X, letters) > 0.6, loss
    assert set(three.predict(X)) == {"a", "b", "c"} and three.predict_proba(X).shape == (90, 3)
try:
    SKLearnClassifier(binary, fit_kwargs=quiet).fit(X, y)
except ValueError as error:
    assert "1 output for 3 classes" in str(error)
else:
    raise AssertionError("three classes in one output")

# a grid of model_kwargs, a builder without X and y, a fitted one through pickle
search = GridSearchCV(wrapped, {"model_kwargs": [{"units": 2}, {"units": 5}]}, cv=3)
search.fit(X, two, epochs=1, verbose=0)
assert search.best_estimator_.fit_kwargs == quiet and search.best_estimator_.history_.epoch == [0]
SKLearnClassifier(own_arguments, model_kwargs={"units": 2}, fit_kwargs=quiet).fit(X, two)
again = pickle.loads(pickle.dumps(search.best_estimator_))
assert (again.predict_proba(X) == search.best_estimator_.predict_proba(X)).all()
voting = VotingClassifier([("net", wrapped), ("line", LogisticRegression())], voting="soft").fit(X, two)
assert voting.predict(X).shape == (90,)

# a prebuilt model is never trained itself, and two clones never train one model
built = binary(X, two)
weights = [w.copy() for w in built.get_weights()]
assert scores(SKLearnClassifier(built, fit_kwargs=quiet), two).shape == (3,)
assert all((a == b).all() for a, b in zip(weights, built.get_weights()))
one, other = (clone(SKLearnClassifier(built, warm_start=True, fit_kwargs=quiet)) for _ in range(2))
assert one.model is not other.model and one.model is not built
one.fit(X, two)
assert one.model_ is one.model
assert all((a == b).all() for a, b in zip(weights, other.model.get_weights()))

# requests for metadata go to fit, and stay
with sklearn.config_context(enable_metadata_routing=True):
    routed = SKLearnClassifier(binary, fit_kwargs=quiet).set_fit_request(sample_weight=True)
    assert clone(routed).get_metadata_routing().fit.requests == {"sample_weight": True}
    assert clone(routed).get_metadata_routing().score.requests.get("sample_weight") is None

# a regressor
def line(X, y):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model
assert cross_val_score(SKLearnRegressor(line, fit_kwargs=quiet), X, X[:, 0], cv=3).shape == (3,)

# uninstall puts everything back
anypickle.uninstall()
assert state() == before
"""

SCIKERAS = """
import sqlite3, sys, threading
import keras, numpy as np
from scikeras.wrappers import KerasClassifier, KerasRegressor
from sklearn.base import is_classifier, is_regressor
from sklearn.datasets import make_classification
from sklearn.model_selection import cross_val_score

class Session:
    def __init__(self):
        self.lock = threading.RLock()
        self.db = sqlite3.connect(":memory:")
        self.db.execute("create table settings (units)")
        self.db.execute("insert into settings values (6)")
    def units(self):
        with self.lock:
            return self.db.execute("select units from settings").fetchone()[0]

class Counting(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.lock, self.epochs = threading.Lock(), 0
    def on_epoch_end(self, epoch, logs=None):
        with self.lock:
            self.epochs += 1

def make(path):
    journal, lock, session = open(path, "a"), threading.Lock(), Session()
    def build(meta):
        with lock:
            journal.write("built\\n")
            journal.flush()
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((meta["n_features_in_"],)),
                                  keras.layers.Dense(session.units(), activation="relu"),
                                  keras.layers.Dense(1, activation="sigmoid")])
        model.compile("adam", "binary_crossentropy")
        return model
    return build

if __name__ == "__main__":
    X, y = make_classification(90, 5, random_state=0)
    classifier = KerasClassifier(model=make(sys.argv[1]), callbacks=[Counting()], epochs=2, verbose=0)
    assert is_classifier(classifier) and is_regressor(KerasRegressor(model=make))  # folds are stratified
    one = cross_val_score(classifier, X, y, cv=3, n_jobs=1)
    four = cross_val_score(classifier, X, y, cv=3, n_jobs=4)
    assert np.array_equal(one, four), (one, four)
    with open(sys.argv[1]) as file:
        assert file.read().count("built") == 6
"""


def test_keras_wrappers_keep_their_promises_while_installed(run_keras):
    run_keras(PROGRAM)


def test_scikeras_with_a_builder_over_file_lock_and_session_and_a_callback_with_a_lock(
    run_keras, tmp_path
):
    run_keras(SCIKERAS, str(tmp_path / "journal"), under="anypickle")
