"""SciKeras' estimators say what they are to a scikit-learn that asks for tags.

SciKeras was written before scikit-learn 1.6, and names its bases in an order in which today's tags of a classifier are
not found: `is_classifier` is False, and folds are not stratified, without a word.
"""

from __future__ import annotations

from typing import Any

from anypickle.channels._patches import Patches

__all__ = ["apply", "revert"]

_patches = Patches()


def apply() -> None:
    """Gives the classes the method that is asked, where scikit-learn asks it and SciKeras has none."""
    from scikeras import wrappers
    from sklearn import utils

    if not hasattr(utils, "ClassifierTags"):
        return
    _tell(wrappers.KerasClassifier, "classifier", utils.ClassifierTags)
    _tell(wrappers.KerasRegressor, "regressor", utils.RegressorTags)


def _tell(cls: Any, kind: str, tags_of_kind: Any) -> None:
    if any("__sklearn_tags__" in vars(base) for base in cls.__mro__[:2]):
        return

    def __sklearn_tags__(self: Any) -> Any:
        tags = super(cls, self).__sklearn_tags__()
        tags.estimator_type = kind
        setattr(tags, f"{kind}_tags", tags_of_kind())
        tags.target_tags.required = True
        told = getattr(self, "_tags", {})
        tags.target_tags.multi_output = bool(told.get("multioutput", False))
        tags.non_deterministic = bool(told.get("non_deterministic", False))
        return tags

    _patches.attribute(cls, "__sklearn_tags__", __sklearn_tags__)


def revert() -> None:
    """Takes them back."""
    _patches.revert()
