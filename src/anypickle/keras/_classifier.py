"""``KerasClassifier``."""

from __future__ import annotations

from typing import Any

from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from anypickle.keras._base import BaseWrapper
from anypickle.keras._inputs import as_input, as_target
from anypickle.keras._target import Head

__all__ = ["KerasClassifier"]


class KerasClassifier(ClassifierMixin, BaseWrapper):
    """A classifier made of a builder of Keras models.

    Labels may be of any kind; the model is trained on the form that its loss and output need.
    A target of several columns is taken as it is (one-hot, or several labels at once).

    Attributes:
        classes_: The labels, or the column numbers of a target of several columns.
        n_classes_: How many there are.
        model_: The trained model, also as `model`.
        history_: Loss and metrics of each epoch, also as `history`.
    """

    def fit(self, x: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> KerasClassifier:
        """Build a model and train it on `x` and `y`.

        Args:
            x: The samples.
            y: Their labels.
            sample_weight: One weight per sample.
            **kwargs: Arguments of the model's ``fit``, before those of the constructor.

        Returns:
            The estimator, with `history` on it.
        """
        import numpy as np

        x = as_input(self, x, reset=True)
        y = as_target(self, y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
            self._multilabel = bool((y.sum(axis=1) != 1).any())
            model, self._encoding = self._build(), None
            self._head = Head.of(model, x)
        elif y.ndim in (1, 2):
            check_classification_targets(y)
            self.classes_, codes = np.unique(column_or_1d(y, warn=True), return_inverse=True)
            self._multilabel = False
            model = self._build()
            self._head = Head.of(model, x)
            self._encoding = self._head.target(len(self.classes_), unknown="codes")
            y = self._head.encode(codes.reshape(-1), self._encoding)
        else:
            raise ValueError(f"Invalid shape for y: {y.shape}")
        self.n_classes_ = len(self.classes_)
        self._fit(model, x, y, sample_weight, kwargs)
        return self

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """Return the label of each sample; `kwargs` are arguments of the model's ``predict``."""
        outputs = self._outputs(x, kwargs)
        if self._multilabel:
            return (outputs > 0.5).astype(int)
        return self.classes_[self._head.codes(outputs, self.n_classes_)]

    def predict_proba(self, x: Any, **kwargs: Any) -> Any:
        """Return the probability of each class, one column per class, also for two classes."""
        outputs = self._outputs(x, kwargs)
        return self._head.probabilities(outputs, self.n_classes_)

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """Return the mean accuracy.

        It is the model's own metric where it was compiled with ``metrics=["accuracy"]``, and
        otherwise (or with sample weights) computed from the predictions.
        """
        import numpy as np

        check_is_fitted(self)
        y = as_target(self, y)
        weights = kwargs.pop("sample_weight", None)
        if weights is not None:
            measured = {}
        elif self._encoding is None:
            measured = self._evaluate(x, y, kwargs)
        elif np.isin(y, self.classes_).all():
            codes = np.searchsorted(self.classes_, column_or_1d(y))
            encoded = self._head.encode(codes, self._encoding)
            measured = self._evaluate(x, encoded, kwargs)
        else:
            measured = {}
        for name in ("accuracy", "acc"):
            if name in measured:
                return float(measured[name])
        predicted = self.predict(x, **_only(kwargs, "batch_size", "steps", "callbacks", "verbose"))
        if y.ndim == 2 and predicted.ndim == 1 and y.shape[1] > 1:
            y = y.argmax(axis=1)
        return float(accuracy_score(y, predicted, sample_weight=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


def _only(keywords: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: keywords[name] for name in names if name in keywords}
