"""Searches the settings of a Keras model with Keras' own scikit-learn wrapper.

The builder ends in one sigmoid column with binary crossentropy; the settings to try are dicts of its
arguments, and `fit` is told how to train. Then a model that exists already is cross-validated.
"""

import argparse
import json

import keras
from keras.wrappers import SKLearnClassifier
from sklearn.datasets import make_moons
from sklearn.model_selection import GridSearchCV, cross_val_score


def build_model(X, y, units=8, rate=0.01):
    """Return a compiled model with one output."""
    keras.utils.set_random_seed(11)
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Lambda(lambda inputs: inputs * 1.5),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(rate), loss="binary_crossentropy", metrics=["accuracy"]
    )
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--single", action="store_true", help="use one process")
    options = parser.parse_args()
    jobs = 1 if options.single else 4

    X, y = make_moons(n_samples=240, noise=0.2, random_state=5)
    search = GridSearchCV(
        SKLearnClassifier(
            model=build_model,
            model_kwargs={"units": 8},
            fit_kwargs={"batch_size": 16, "shuffle": False},
        ),
        param_grid={"model_kwargs": [{"units": 4}, {"units": 16, "rate": 0.05}]},
        cv=3,
        n_jobs=jobs,
    )
    search.fit(X, y, epochs=5, verbose=0)

    prebuilt = SKLearnClassifier(
        model=build_model(X, y, units=16, rate=0.05),
        fit_kwargs={"epochs": 5, "verbose": 0},
    )
    scores = cross_val_score(prebuilt, X, y, cv=3, n_jobs=jobs)
    result = {
        "best settings": search.best_params_["model_kwargs"],
        "its accuracy": round(float(search.best_score_), 4),
        "kept for the refit": search.best_estimator_.fit_kwargs,
        "folds of a prebuilt model above chance": int((scores > 0.6).sum()),
    }
    print("result:", json.dumps(result))


if __name__ == "__main__":
    main()
