"""``KerasRegressor``."""

from __future__ import annotations

from typing import Any

from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from anypickle.keras._base import BaseWrapper
from anypickle.keras._inputs import as_input, as_target

__all__ = ["KerasRegressor"]


class KerasRegressor(RegressorMixin, BaseWrapper):
    """A regressor made of a builder of Keras models.

    ``score`` is the negative loss, as it was in the removed wrapper; pass ``scoring="r2"`` where
    the coefficient of determination is wanted.

    Attributes:
        model_: The trained model, also as `model`.
        history_: Loss and metrics of each epoch, also as `history`.
    """

    def fit(self, x: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> KerasRegressor:
        """Build a model and train it on `x` and `y`.

        Args:
            x: The samples.
            y: Their targets, one column or several.
            sample_weight: One weight per sample.
            **kwargs: Arguments of the model's ``fit``, before those of the constructor.

        Returns:
            The estimator, with `history` on it.
        """
        x = as_input(self, x, reset=True)
        y = as_target(self, y, numeric=True)
        self._fit(self._build(), x, y, sample_weight, kwargs)
        return self

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """Return the prediction of each sample; a single column comes as one axis."""
        outputs = self._outputs(x, kwargs)
        return outputs[:, 0] if outputs.ndim == 2 and outputs.shape[1] == 1 else outputs

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """Return the negative loss on `x` and `y`: greater is better."""
        check_is_fitted(self)
        return -float(self._evaluate(x, as_target(self, y, numeric=True), kwargs)["loss"])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags
