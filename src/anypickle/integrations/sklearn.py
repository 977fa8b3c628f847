"""``anypickle.clone``: scikit-learn's ``clone`` that carries locks, and says what it loses.

``sklearn.base.clone`` deep-copies every parameter in the parent, so a lock in a callback stops a search with
``n_jobs=1`` too; and it checks of the copy's constructor only that it keeps what it was given, so an estimator
whose ``__sklearn_clone__`` forgets a parameter goes unnoticed. Both end here::

    twin = anypickle.clone(estimator)     # the parameters' locks are fresh, none of them is lost
"""

from __future__ import annotations

from typing import Any

from anypickle.channels import installed

__all__ = ["clone"]


def clone(estimator: Any, *, safe: bool = True) -> Any:
    """Return an unfitted estimator with the same parameters.

    Args:
        estimator: An estimator, or a list, tuple, set or dict of them.
        safe: Whether to refuse what is no estimator; otherwise it is deep-copied.

    Raises:
        TypeError: `estimator` is no estimator, and `safe`.
        RuntimeError: The copy has not all parameters, or its constructor changes one.
    """
    from sklearn.base import clone as scikit_learns

    with installed():
        twin = scikit_learns(estimator, safe=safe)
    if hasattr(estimator, "get_params") and not isinstance(estimator, type):
        _compare(estimator, twin)
    return twin


def _compare(estimator: Any, twin: Any) -> None:
    before, after = estimator.get_params(deep=True), twin.get_params(deep=True)
    lost = [name for name, value in before.items() if value is not None and after.get(name) is None]
    if lost:
        raise RuntimeError(
            f"Cannot clone {type(estimator).__name__}: the copy has lost {', '.join(sorted(lost))}"
        )
