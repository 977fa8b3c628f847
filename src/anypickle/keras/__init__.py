"""``KerasClassifier`` and ``KerasRegressor``: the removed wrappers' interface, today's contract.

Until 2023 Keras shipped ``keras.wrappers.scikit_learn``; scripts written for it start with a
builder and keyword arguments::

    from anypickle.keras import KerasClassifier

    clf = KerasClassifier(build_fn=build_model, epochs=5, batch_size=32, verbose=0)
    cross_val_score(clf, X, y, cv=3, n_jobs=4)

These estimators take that constructor and behave as those did: every keyword goes to the builder,
to ``fit``, ``predict`` or ``evaluate``, whichever takes it. Beyond that they are scikit-learn
estimators: they have tags, keep their parameters through ``clone``, say ``NotFittedError`` and
return themselves from ``fit`` (with ``history``, ``epoch`` and ``params`` of the training on them,
where the old ``fit`` returned a ``History``). They need Keras 3, with any of its back ends, and
scikit-learn 1.4 or newer; Keras is imported when the first estimator is made.
"""

from anypickle.keras._base import BaseWrapper
from anypickle.keras._classifier import KerasClassifier
from anypickle.keras._regressor import KerasRegressor

__all__ = ["BaseWrapper", "KerasClassifier", "KerasRegressor"]
