"""Keras' own ``SKLearnClassifier``, ``SKLearnRegressor`` and ``SKLearnTransformer``, mended.

=========================================  =====================================================
as Keras has it                            under ``anypickle.install()``
=========================================  =====================================================
``clone`` forgets ``fit_kwargs`` and the   every parameter and request is kept
metadata requests
clones with ``warm_start`` train one and   each clone owns a copy of the model that it was given
the same model
the target is always one-hot               it has the form that the model's loss and output need
a builder has to take ``X`` and ``y``      it gets them if it takes them
a model with a ``Lambda`` cannot be        the copy for a fit has the functions and classes of the
copied, a class of the user's is lost      original
``fit`` writes into ``fit_kwargs``         the parameter stays as it was given
=========================================  =====================================================

The classifier also gets the ``predict_proba`` that soft voting and calibration ask for.
"""

from __future__ import annotations

import copy
import inspect
from typing import Any

from anypickle.channels._patches import Patches
from anypickle.keras._target import Head

__all__ = ["apply"]


def apply(patches: Patches) -> None:
    """Patch the wrappers, where this Keras has them."""
    try:
        from keras.src.wrappers import sklearn_wrapper as theirs
    except ImportError:
        return
    patches.attribute(theirs.SKLBase, "__sklearn_clone__", _clone)
    patches.attribute(theirs.SKLBase, "_get_model", _get_model)
    patches.attribute(theirs.SKLBase, "set_fit_request", _set_fit_request)
    patches.attribute(theirs.SKLBase, "fit", _fit)
    classifier = theirs.SKLearnClassifier
    reverse = theirs.SKLBase._reverse_process_target
    for name, method in _classifier_methods(reverse).items():
        patches.attribute(classifier, name, method)


def _clone(self: Any) -> Any:
    """Return an unfitted estimator with the same parameters."""
    from keras import Model
    from sklearn.base import clone

    def copied(value: Any) -> Any:
        if isinstance(value, Model):
            return copy.deepcopy(value) if self.warm_start else value
        return clone(value, safe=False)

    twin = type(self)(**{name: copied(v) for name, v in self.get_params(deep=False).items()})
    for name in ("_metadata_request", "_sklearn_output_config"):
        if name in vars(self):
            setattr(twin, name, copy.deepcopy(vars(self)[name]))
    return twin


def _get_model(self: Any, X: Any, y: Any) -> Any:
    """Return the model for one fit: built, or a fresh copy of the one that was given."""
    from keras import Model

    from anypickle.reducers.contrib.keras import fresh_copy

    if isinstance(self.model, Model):
        return self.model if self.warm_start else fresh_copy(self.model)
    data = {"X": X, "y": y}
    parameters = inspect.signature(self.model).parameters
    if all(parameter.kind is not parameter.VAR_KEYWORD for parameter in parameters.values()):
        data = {name: value for name, value in data.items() if name in parameters}
    return self.model(**data, **(self.model_kwargs or {}))


def _fit(self: Any, X: Any, y: Any, **kwargs: Any) -> Any:
    """Fit the model; `kwargs` go to the model's ``fit``, before ``fit_kwargs``."""
    from keras.src.wrappers.fixes import _validate_data
    from keras.src.wrappers.utils import _check_model

    X, y = _validate_data(self, X, y)
    target = self._process_target(y, reset=True)
    model = self._get_model(X, target)
    _check_model(model)
    if hasattr(self, "classes_"):
        self._head = Head.of(model, X)
        target = _encoded(self, y, target)
    self.history_ = model.fit(X, target, **{**(self.fit_kwargs or {}), **kwargs})
    self.model_ = model
    return self


def _encoded(self: Any, y: Any, one_hot: Any) -> Any:
    """Return a classifier's target in the form that its model needs."""
    import numpy as np

    form = self._head.target(len(self.classes_), unknown="one-hot")
    if form == "one-hot" and self._head.width in (None, one_hot.shape[1]):
        return one_hot
    return self._head.encode(np.searchsorted(self.classes_, y), form)


def _set_fit_request(self: Any, **kwargs: Any) -> Any:
    """Request metadata for ``fit``: ``param_name=alias`` for each."""
    from keras.src.wrappers.fixes import _routing_enabled
    from sklearn.utils.metadata_routing import MetadataRequest

    if not _routing_enabled():
        raise RuntimeError(
            "This method is only available when metadata routing is enabled. You can enable it "
            "using sklearn.set_config(enable_metadata_routing=True)."
        )
    request = copy.deepcopy(vars(self).get("_metadata_request"))
    self._metadata_request = request or MetadataRequest(owner=type(self).__name__)
    for param, alias in kwargs.items():
        self._metadata_request.fit.add_request(param=param, alias=alias)
    return self


def _classifier_methods(reverse: Any) -> dict[str, Any]:
    """Return what the classifier's outputs mean, for the way back to labels."""

    def _raw(self: Any, X: Any) -> Any:
        from keras.src.wrappers.fixes import _validate_data
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        return self.model_.predict(_validate_data(self, X, reset=False))

    def _reverse_process_target(self: Any, y: Any) -> Any:
        """Return the labels that the model's outputs stand for."""
        if not hasattr(self, "_head"):
            return reverse(self, y)
        return self.classes_[self._head.codes(y, len(self.classes_))]

    def decision_function(self: Any, X: Any) -> Any:
        """Return raw model outputs; those of a single column as one axis."""
        outputs = _raw(self, X)
        return outputs[:, 0] if outputs.ndim == 2 and outputs.shape[1] == 1 else outputs

    def predict_proba(self: Any, X: Any) -> Any:
        """Return the probability of each class, one column per class."""
        outputs = _raw(self, X)
        head = vars(self).get("_head") or Head.of(self.model_)
        return head.probabilities(outputs, len(self.classes_))

    return {
        "_reverse_process_target": _reverse_process_target,
        "decision_function": decision_function,
        "predict_proba": predict_proba,
    }
