"""SciKeras under ``anypickle.install()``.

Its import gives Keras' classes picklers of its own, which know nothing of lambdas or of classes in
``__main__`` and forget the state of optimizers. They step aside for the one road that all Keras objects
take here (`anypickle.reducers.contrib.keras`).
"""

from __future__ import annotations

from anypickle.channels._patches import Patches

__all__ = ["apply", "revert"]

_patches = Patches()


def apply() -> None:
    """Take SciKeras' picklers off Keras' classes."""
    import keras

    _patches.delete(keras.Model, "__reduce__")
    _patches.delete(keras.Model, "__deepcopy__")
    for cls in (keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer):
        _patches.delete(cls, "__reduce__")


def revert() -> None:
    """Put them back."""
    _patches.revert()
