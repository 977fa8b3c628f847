"""How a classifier's labels have to look for the model that was built.

The loss and the width of the output decide; the labels themselves are codes ``0 .. n_classes-1``::

    ==============================================  ======================================
    the model ends in                               its target is
    ==============================================  ======================================
    one column (binary crossentropy, hinge, mse)    one column of 0 and 1
    several columns, ``sparse_...``                 the integer codes
    several columns, any other known loss           one-hot, as wide as the output
    several columns, a loss of the user's own       what the caller says (`unknown`)
    ==============================================  ======================================

Both families of wrappers use this table, ``anypickle.keras`` and Keras' own ``SKLearnClassifier``
under ``anypickle.install()``. The way back, from outputs to codes and probabilities, is here too,
since it depends on the same two things; a loss ``from_logits`` puts the threshold at zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Head", "Target"]

Target = Literal["column", "codes", "one-hot"]

_ONE_HOT_LOSSES = frozenset(
    {
        "binary_crossentropy",
        "binary_focal_crossentropy",
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "categorical_hinge",
        "cosine_similarity",
        "dice",
        "hinge",
        "squared_hinge",
        "huber",
        "kl_divergence",
        "log_cosh",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_error",
        "mean_squared_logarithmic_error",
        "poisson",
        "tversky",
    }
)
_ALIASES = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kldivergence": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}


@dataclass(frozen=True)
class Head:
    """The end of a compiled model: its loss and how many columns it puts out."""

    loss: str
    width: int | None
    from_logits: bool

    @classmethod
    def of(cls, model: Any, x: Any = None) -> Head:
        """Read the head of a compiled model.

        A model that was never told its input's shape is built by calling it on the first of the
        samples `x`; without them its width is None.
        """
        loss = model.loss
        while isinstance(loss, list | tuple | dict) and len(loss) == 1:
            loss = next(iter(loss.values() if isinstance(loss, dict) else loss))
        config = loss.get_config() if hasattr(loss, "get_config") else {}
        return cls(_name(loss), _width(model, x), bool(config.get("from_logits", False)))

    @property
    def symmetric(self) -> bool:
        """Whether outputs below zero mean the first of two classes."""
        return self.from_logits or self.loss in ("hinge", "squared_hinge")

    def target(self, n_classes: int, *, unknown: Target = "one-hot") -> Target:
        """Say which form of labels the model is trained on.

        Raises:
            ValueError: the model has too few outputs to tell the classes apart.
        """
        outputs = 2 if self.width == 1 else self.width
        if outputs is not None and n_classes > outputs:
            raise ValueError(
                f"the model has {self.width} output{'s' * (outputs > 2)} for {n_classes} classes; "
                f"end it in Dense({n_classes}, activation='softmax')"
            )
        if self.width == 1:
            return "column"
        if self.loss.startswith("sparse_"):
            return "codes"
        return "one-hot" if self.loss in _ONE_HOT_LOSSES else unknown

    def encode(self, codes: Any, target: Target) -> Any:
        """Turn integer codes, shape (n,), into the form `target`."""
        import numpy as np

        if target == "codes":
            return codes
        if target == "column":
            return codes.reshape(-1, 1)
        width = max(self.width or 0, int(codes.max(initial=0)) + 1)
        return np.eye(width, dtype="float32")[codes]

    def codes(self, outputs: Any, n_classes: int) -> Any:
        """Turn the model's outputs, shape (n, width), into integer codes, shape (n,)."""
        if outputs.shape[-1] == 1:
            return (outputs[..., 0] > (0.0 if self.symmetric else 0.5)).astype(int)
        return outputs[..., :n_classes].argmax(axis=-1)

    def probabilities(self, outputs: Any, n_classes: int) -> Any:
        """Turn the model's outputs into one column of probability per class."""
        import numpy as np

        if outputs.shape[-1] == 1:
            second = 1 / (1 + np.exp(-outputs)) if self.from_logits else outputs
            return np.concatenate([1 - second, second], axis=-1)
        if self.from_logits:
            powers = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
            outputs = powers / powers.sum(axis=-1, keepdims=True)
        if outputs.shape[-1] > n_classes:
            outputs = outputs[..., :n_classes]
            outputs = outputs / outputs.sum(axis=-1, keepdims=True)
        return outputs


def _name(loss: Any) -> str:
    """Return a loss's name in snake case, whichever way the loss was given."""
    if not isinstance(loss, str):
        loss = getattr(loss, "__name__", None) or type(loss).__name__
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", loss).lower()
    return _ALIASES.get(snake, snake)


def _width(model: Any, x: Any) -> int | None:
    """Return the size of a model's last axis, or None while nobody knows."""
    try:
        shape = model.output_shape
    except (AttributeError, ValueError, NotImplementedError):
        if not hasattr(x, "shape"):
            return None
        shape = getattr(model(x[:1]), "shape", None)
    if isinstance(shape, dict | list) or not shape or isinstance(shape[0], tuple | list):
        return None
    return None if shape[-1] is None else int(shape[-1])
