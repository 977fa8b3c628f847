"""What the classifier and the regressor share: parameters, building, fitting."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from anypickle.keras import _arguments
from anypickle.keras._inputs import as_input, as_weights

__all__ = ["BaseWrapper"]


class BaseWrapper(BaseEstimator):
    """A Keras model behind scikit-learn's interface.

    Args:
        build_fn: Returns a compiled model: a function, an object with ``__call__``, or a compiled
            model (which is copied for each fit). None means that a subclass defines ``__call__``.
        **sk_params: Arguments of `build_fn` and of the model's ``fit``, ``predict`` and
            ``evaluate``, each going where it is known; a list or a grid of them can be searched.

    Raises:
        ValueError: a keyword that none of these functions takes.
    """

    #: How ``score`` and ``predict`` are silenced unless told otherwise, as the wrappers did.
    _quiet: ClassVar[dict[str, Any]] = {"verbose": 0}

    def __init__(self, build_fn: Any = None, **sk_params: Any) -> None:
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def check_params(self, params: dict[str, Any]) -> None:
        """Raise ValueError for a parameter that neither the builder nor the model takes."""
        _arguments.check(params, self._takers())

    def _takers(self) -> Iterator[Callable[..., Any]]:
        from keras import Sequential

        yield from (Sequential.fit, Sequential.predict, Sequential.evaluate)
        builder = self if self.build_fn is None else self.build_fn
        if callable(builder):
            yield builder

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return every parameter, as it was given."""
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> BaseWrapper:
        """Set parameters; those of the builder and of the model alike."""
        if "build_fn" in params:
            self.build_fn = params.pop("build_fn")
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def filter_sk_params(
        self, fn: Callable[..., Any], override: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the parameters that a function takes, with `override` on top."""
        return {**_arguments.accepted(fn, self.sk_params), **(override or {})}

    def _build(self) -> Any:
        """Build a model for one fit."""
        builder = self if self.build_fn is None else self.build_fn
        if not callable(builder):
            raise TypeError(
                "build_fn has to be a function that returns a compiled Keras model, "
                f"and is {type(builder).__name__}"
            )
        if hasattr(builder, "compile") and hasattr(builder, "train_on_batch"):
            return copy.deepcopy(builder)
        return builder(**self.filter_sk_params(builder))

    def _fit(self, model: Any, x: Any, y: Any, weights: Any, keywords: dict[str, Any]) -> None:
        """Train a model that was just built, and keep it."""
        arguments = copy.deepcopy(self.filter_sk_params(model.fit))
        arguments.update(keywords)
        if weights is not None:
            arguments["sample_weight"] = as_weights(weights, x)
        history = model.fit(x, y, **arguments)
        self.model_ = model
        self.history_ = dict(history.history)
        self._epoch = list(history.epoch)
        self._fit_params = dict(history.params)

    def _outputs(self, x: Any, keywords: dict[str, Any]) -> Any:
        """Return what the model puts out for `x`."""
        check_is_fitted(self)
        x = as_input(self, x, reset=False)
        arguments = {**self._quiet, **self.filter_sk_params(self.model_.predict, keywords)}
        return self.model_.predict(x, **arguments)

    def _evaluate(self, x: Any, y: Any, keywords: dict[str, Any]) -> dict[str, float]:
        """Return the loss and the metrics by name."""
        x = as_input(self, x, reset=False)
        arguments = self.filter_sk_params(self.model_.evaluate, keywords)
        return dict(self.model_.evaluate(x, y, **{**arguments, "return_dict": True}))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    @property
    def model(self) -> Any:
        """The trained model."""
        return self._fitted("model_", "model")

    @property
    def history(self) -> dict[str, list[float]]:
        """Loss and metrics of each epoch."""
        return dict(self._fitted("history_", "history"))

    @property
    def epoch(self) -> list[int]:
        """The numbers of the epochs."""
        return list(self._fitted("_epoch", "epoch"))

    @property
    def params(self) -> dict[str, Any]:
        """How the training was run: epochs, steps, verbosity."""
        return dict(self._fitted("_fit_params", "params"))

    def _fitted(self, attribute: str, asked: str) -> Any:
        try:
            return vars(self)[attribute]
        except KeyError:
            message = f"{type(self).__name__} has no attribute {asked!r} before it is fitted"
            raise AttributeError(message) from None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        tags.target_tags.required = True
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags

    def _more_tags(self) -> dict[str, Any]:
        return {
            "non_deterministic": True,
            "poor_score": True,
            "requires_y": True,
            "allow_nan": True,
        }
