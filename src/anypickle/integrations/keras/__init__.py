"""Keras 3 under ``anypickle.install()``.

Models and layers cross with the classes and functions they are made of (`anypickle.reducers.contrib.keras`
says how), and Keras' scikit-learn wrappers keep their promises (`wrappers`).
"""

from __future__ import annotations

import copy
import functools
from typing import Any

from anypickle.channels._patches import Patches
from anypickle.crossing import crossing
from anypickle.policy import Channel

__all__ = ["apply", "revert"]

_patches = Patches()


def apply() -> None:
    """Patch the Keras that is imported."""
    from keras.src.models.functional import Functional
    from keras.src.models.model import Model
    from keras.src.models.sequential import Sequential
    from keras.src.ops.operation import Operation
    from keras.src.saving.keras_saveable import KerasSaveable

    from anypickle import registry
    from anypickle.integrations.keras import wrappers

    recipe = registry.resolve(KerasSaveable)
    assert recipe is not None

    @functools.wraps(KerasSaveable.__reduce__)
    def __reduce__(self: Any) -> Any:
        return recipe(self)

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Any:
        with crossing(Channel.COPY, root=self):
            reduced: Any = recipe(self)
            function, args, *state = reduced
            twin = memo[id(self)] = function(*copy.deepcopy(args, memo))
            if state:
                vars(twin).update(copy.deepcopy(state[0], memo))
        return twin

    _patches.attribute(KerasSaveable, "__reduce__", __reduce__)
    _patches.attribute(KerasSaveable, "__deepcopy__", __deepcopy__)
    for cls in (Operation, Model, Functional, Sequential):
        _patches.attribute(cls, "__new__", _remembering(cls))
    wrappers.apply(_patches)


def revert() -> None:
    """Take everything back."""
    _patches.revert()


def _remembering(owner: type) -> Any:
    """Return a ``__new__`` that does what the class's own does, and keeps the arguments."""
    from anypickle.reducers.contrib._keras_made import remember

    original = vars(owner)["__new__"].__func__

    @functools.wraps(original)
    def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:
        obj = original(cls, *args, **kwargs)
        if isinstance(obj, owner):
            remember(obj, args, kwargs)
        return obj

    return staticmethod(__new__)
