"""What the estimators do to ``X``, ``y`` and weights: what scikit-learn asks, and no more.

A table (an array, a data frame, nested lists of numbers) is checked and remembered the way every
scikit-learn estimator does it, any number of axes allowed; missing numbers are the model's affair.
What only Keras understands (several inputs in a dict, list or tuple, datasets, text) goes through
as it is.
"""

from __future__ import annotations

from typing import Any

__all__ = ["as_input", "as_target", "as_weights"]


def as_input(estimator: Any, x: Any, *, reset: bool) -> Any:
    """Check `x` against what the estimator was fitted on, or learn it (`reset`)."""
    if _is_for_keras(x):
        return x
    from sklearn.utils import validation

    options = {"allow_nd": True, "dtype": "numeric", "reset": reset}
    if hasattr(validation, "validate_data"):
        return validation.validate_data(estimator, x, ensure_all_finite=False, **options)
    return estimator._validate_data(x, force_all_finite=False, **options)


def as_target(estimator: Any, y: Any, *, numeric: bool = False) -> Any:
    """Check a target: finite, of any number of axes, and there at all.

    Raises:
        ValueError: as scikit-learn words it.
    """
    from sklearn.utils import check_array

    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None"
        )
    kind = "numeric" if numeric else None
    return check_array(y, ensure_2d=False, allow_nd=True, dtype=kind, input_name="y")


def as_weights(weights: Any, x: Any) -> Any:
    """Check one weight per sample."""
    from sklearn.utils.validation import _check_sample_weight

    return weights if _is_for_keras(x) else _check_sample_weight(weights, x)


def _is_for_keras(x: Any) -> bool:
    """Tell inputs that Keras alone understands."""
    import numpy as np

    if isinstance(x, dict) or hasattr(x, "element_spec"):
        return True
    if isinstance(x, list | tuple) and len(x) > 0:
        return np.ndim(x[0]) > 1 or isinstance(x[0], str)
    dtype = getattr(x, "dtype", None)
    return isinstance(dtype, np.dtype) and dtype.kind in "SU"
