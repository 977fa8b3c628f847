"""Cross-validates a Keras classifier with scikit-learn, as scripts of 2021 do.

The builder writes a journal, counts its calls under a lock and asks a session for its settings; so it
closes over an open file, a lock and a connection. The estimator is cross-validated in four processes,
pickled, cached as a step of a pipeline, and trained in a process of its own.
"""

import argparse
import json
import multiprocessing
import pickle
import sqlite3
import tempfile
import threading
from pathlib import Path

import numpy as np
import tensorflow as tf
from sklearn.datasets import make_classification
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.wrappers.scikit_learn import KerasClassifier


class Session:
    """Settings in a database, read by one thread at a time."""

    def __init__(self, path):
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(path)

    def setting(self, name):
        with self.lock:
            query = "select value from settings where name = ?"
            return self.connection.execute(query, (name,)).fetchone()[0]


def make_builder(directory):
    """Return a function that builds a model, over what it needs to do so."""
    with sqlite3.connect(directory / "settings.db") as connection:
        connection.execute("create table settings (name, value)")
        connection.execute("insert into settings values ('units', 12)")
    connection.close()
    session = Session(directory / "settings.db")
    journal = open(directory / "journal.txt", "a")
    lock = threading.Lock()

    def build_model(activation="relu"):
        with lock:
            journal.write("one more model\n")
            journal.flush()
        tf.keras.utils.set_random_seed(7)
        model = Sequential()
        model.add(Dense(session.setting("units"), input_dim=10, activation=activation))
        model.add(Dense(1, activation="sigmoid"))
        model.compile(loss="binary_crossentropy", optimizer=Adam(0.02), metrics=["accuracy"])
        return model

    return build_model


def train(classifier, X, y, answers):
    """Train in whichever process this is, and send back how well it went."""
    classifier.fit(X, y)
    answers.put(float((classifier.predict(X) == y).mean()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--single", action="store_true", help="use one process")
    options = parser.parse_args()

    X, y = make_classification(n_samples=240, n_features=10, n_informative=6, random_state=3)
    with tempfile.TemporaryDirectory() as directory:
        clf = KerasClassifier(
            build_fn=make_builder(Path(directory)), epochs=5, batch_size=32, verbose=0
        )
        scores = cross_val_score(clf, X, y, cv=3, n_jobs=1 if options.single else 4)

        pickled = pickle.loads(pickle.dumps(clf)).fit(X, y)
        pipeline = Pipeline([("scale", StandardScaler()), ("net", clf)], memory=directory)
        scaled = pipeline.fit(X, y).score(X, y)

        if options.single:
            trained = float((clf.fit(X, y), clf.predict(X) == y)[1].mean())
        else:
            context = multiprocessing.get_context("spawn")
            answers = context.SimpleQueue()
            process = context.Process(target=train, args=(clf, X, y, answers))
            process.start()
            trained = answers.get()
            process.join()

        result = {
            "accuracy of three folds": np.round(scores, 4).tolist(),
            "pickled, then fitted": round(float(pickled.score(X, y)), 4),
            "in a cached pipeline": round(float(scaled), 4),
            "trained in a process": round(trained, 4),
        }
    print("result:", json.dumps(result))


if __name__ == "__main__":
    main()
