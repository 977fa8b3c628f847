"""`anypickle.keras`: the removed wrappers' behaviour, and scikit-learn's contract."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

BEGIN = """
import pickle, warnings
import numpy as np, keras
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from anypickle.keras import KerasClassifier, KerasRegressor

X, y = make_classification(120, 6, n_informative=4, random_state=0)
names = np.array(["no", "yes"])[y]
Z, z = make_classification(150, 6, n_informative=4, n_redundant=0, n_classes=3, random_state=0)

def binary(units=4, rate=0.05):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(units, activation="relu"),
                              keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model

def several(loss="categorical_crossentropy", activation="softmax", outputs=3):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation="relu"),
                              keras.layers.Dense(outputs, activation=activation)])
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model

def fails(kind, function, *words):
    try:
        function()
    except kind as error:
        assert all(word in str(error) for word in words), error
    else:
        raise AssertionError(f"no {kind.__name__}")
"""

CLASSIFIER = """
clf = KerasClassifier(build_fn=binary, epochs=4, batch_size=32, verbose=0)

# the old constructor and its checks
assert clf.get_params() == {"build_fn": binary, "epochs": 4, "batch_size": 32, "verbose": 0}
assert clf.sk_params == {"epochs": 4, "batch_size": 32, "verbose": 0}
fails(ValueError, lambda: KerasClassifier(binary, epocs=1), "epocs is not a legal parameter")
fails(ValueError, lambda: clf.set_params(unit=1), "unit is not a legal parameter")
KerasClassifier(binary, nb_epoch=3, workers=2, use_multiprocessing=False)
assert clf.filter_sk_params(binary) == {}
assert clf.filter_sk_params(keras.Sequential.predict) == {"batch_size": 32, "verbose": 0}
assert clf.filter_sk_params(keras.Sequential.fit, {"epochs": 9})["epochs"] == 9

# clone keeps everything; unfitted means NotFittedError and AttributeError
twin = clone(clf)
assert twin.get_params() == clf.get_params() and type(twin) is KerasClassifier
fails(NotFittedError, lambda: twin.predict(X))
fails(AttributeError, lambda: twin.history, "before it is fitted")
assert is_classifier(clf) and is_regressor(KerasRegressor(binary))

# fit, predict, predict_proba, score, the history where the old fit returned it
history = clf.fit(X, names)
assert history is clf and len(history.history["loss"]) == 4 and history.epoch == [0, 1, 2, 3]
assert history.params["epochs"] == 4 and clf.model is clf.model_
assert clf.classes_.tolist() == ["no", "yes"] and clf.n_classes_ == 2
assert clf.predict(X).shape == (120,) and set(clf.predict(X)) <= {"no", "yes"}
proba = clf.predict_proba(X)
assert proba.shape == (120, 2) and np.allclose(proba.sum(1), 1)
assert (names == np.where(proba[:, 1] > 0.5, "yes", "no")).mean() == (clf.predict(X) == names).mean()
assert abs(clf.score(X, names, verbose=0) - (clf.predict(X) == names).mean()) < 1e-6
assert 0 <= clf.score(X, names, sample_weight=np.ones(120)) <= 1
assert clf.fit(X, names, epochs=2, sample_weight=np.ones(120)).epoch == [0, 1]
fails(ValueError, lambda: clf.predict(X[:, :3]), "features")

# a column of labels, and lists
KerasClassifier(binary, epochs=1, verbose=0).fit(X.tolist(), y.tolist()).predict(X.tolist())

# the form of the target follows the model; a score without a metric is the accuracy
for loss, activation in (("categorical_crossentropy", "softmax"), ("sparse_categorical_crossentropy", "softmax"),
                         (keras.losses.CategoricalCrossentropy(from_logits=True), None), ("mse", "softmax")):
    many = KerasClassifier(several, loss=loss, activation=activation, epochs=15, verbose=0).fit(Z, z)
    assert many.predict_proba(Z).shape == (150, 3), loss
    assert np.allclose(many.predict_proba(Z).sum(1), 1, atol=1e-5), loss
    assert abs(many.score(Z, z) - (many.predict(Z) == z).mean()) < 1e-9 and many.score(Z, z) > 0.6, loss
fails(ValueError, lambda: KerasClassifier(binary, verbose=0).fit(Z, z), "1 output for 3 classes")
one_hot = KerasClassifier(several, epochs=5, verbose=0).fit(Z, np.eye(3)[z])
assert one_hot.classes_.tolist() == [0, 1, 2] and one_hot.predict(Z).shape == (150,)

# three ways to give a builder; a compiled model is never trained itself
class Builder:
    def __call__(self, units=3):
        return binary(units)
class Own(KerasClassifier):
    def __call__(self, units=5):
        return binary(units)
assert KerasClassifier(Builder(), units=7, verbose=0).fit(X, y).model.layers[0].units == 7
assert Own(verbose=0, units=6).fit(X, y).model.layers[0].units == 6
built = binary()
before = [w.copy() for w in built.get_weights()]
given = KerasClassifier(built, epochs=2, verbose=0).fit(X, y)
assert given.model is not built
assert all((a == b).all() for a, b in zip(before, built.get_weights()))
fails(TypeError, lambda: KerasClassifier("binary").fit(X, y), "build_fn")

# searching, pipelines, pickling
search = GridSearchCV(KerasClassifier(binary, epochs=1, verbose=0), {"units": [2, 5], "epochs": [1]}, cv=2)
assert search.fit(X, y).best_params_["units"] in (2, 5)
assert cross_val_score(make_pipeline(StandardScaler(), clf), X, y, cv=3).shape == (3,)
copy = pickle.loads(pickle.dumps(clf))
assert (copy.predict(X) == clf.predict(X)).all() and copy.history == clf.history
"""

REGRESSOR = """
R, r = make_regression(100, 6, n_targets=1, random_state=0)
r = r / r.std()

def linear(outputs=1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(outputs)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model

reg = KerasRegressor(build_fn=linear, epochs=10, verbose=0).fit(R, r)
assert reg.predict(R).shape == (100,) and reg.predict(R[:1]).shape == (1,)
assert abs(reg.score(R, r, verbose=0) + ((reg.predict(R) - r) ** 2).mean()) < 1e-4
assert KerasRegressor(linear, outputs=2, epochs=1, verbose=0).fit(R, np.c_[r, r]).predict(R).shape == (100, 2)
assert cross_val_score(KerasRegressor(linear, epochs=40, verbose=0), R, r, cv=3, scoring="r2").min() > 0.3

# a model that learns its input's shape from the data
def unbuilt():
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model
assert KerasClassifier(unbuilt, verbose=0).fit(X, y).predict(X).shape == (120,)
"""

# Those of scikit-learn's checks that a random model can pass; the others compare two trainings.
CHECKS = """
from sklearn.utils import estimator_checks

kept = {"check_estimator_cloneable", "check_estimator_tags_renamed", "check_valid_tag_types",
        "check_estimator_repr", "check_get_params_invariance", "check_set_params", "check_dict_unchanged",
        "check_dont_overwrite_parameters", "check_estimators_overwrite_params", "check_n_features_in",
        "check_n_features_in_after_fitting", "check_mixin_order", "check_estimators_unfitted",
        "check_estimators_pickle", "check_estimators_fit_returns_self", "check_fit1d",
        "check_classifier_not_supporting_multiclass", "check_supervised_y_no_nan", "check_requires_y_none",
        "check_estimator_get_tags_default_keys", "check_sample_weights_list", "check_sample_weights_shape",
        "check_parameters_default_constructible", "check_readonly_memmap_input"}

def wide():
    return several("sparse_categorical_crossentropy", outputs=10)

def anything():
    model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model

def any_number():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model

ran = set()
for estimator in (KerasClassifier(anything, epochs=1, verbose=0), KerasRegressor(any_number, epochs=1, verbose=0)):
    for one, check in estimator_checks.estimator_checks_generator(estimator, legacy=True):
        name = getattr(check, "func", check).__name__
        if name in kept:
            ran.add(name)
            try:
                check(one)
            except estimator_checks.SkipTest:
                pass
assert len(ran) >= 15, sorted(kept - ran)
"""


def test_the_classifier_behaves_as_the_old_one_under_the_contract_of_today(run_keras):
    run_keras(BEGIN + CLASSIFIER)


def test_the_regressor_behaves_as_the_old_one_and_passes_scikit_learns_checks(run_keras):
    run_keras(BEGIN + REGRESSOR + CHECKS)
