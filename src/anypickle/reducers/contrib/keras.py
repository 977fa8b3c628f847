"""Keras 3's models, layers, optimizers, losses and metrics.

They cross as their configuration (with the user's functions and classes in it as live objects), their
arrays, and the attributes that were put on them::

    model in __main__  ->  rebuild(config, objects, arrays, assets)  ->  the same model elsewhere

Keras' own form, a zip file, is kept where it says the same and the stream may be read without
anypickle: in `bytes` and files, for objects in which nothing is the user's. The rebuilt object is
compiled as the original was, with the state of its optimizer.
"""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Channel, Policy
from anypickle.reducers.contrib import _keras_config, _keras_state
from anypickle.reducers.contrib._keras_extras import extras
from anypickle.registry import Reduced, recipe

__all__ = ["keras_own_form", "rebuild", "reduce_saveable"]

_PORTABLE = frozenset({Channel.BYTES, Channel.FILE})


@recipe(
    "keras.src.saving.keras_saveable:KerasSaveable",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the same configuration, weights, optimizer state and attributes in a new object",
)
def reduce_saveable(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    """Reduce any object that Keras can save."""
    from keras.src.saving import serialization_lib

    with _keras_config.recording() as recorder, serialization_lib.ObjectSharingScope():
        described = serialization_lib.serialize_keras_object(obj)
    config = _keras_config.resolved(described, recorder)
    own = extras(obj)
    if crossing.channel in _PORTABLE and not recorder.objects and not own:
        return keras_own_form(obj)
    arrays, files = _keras_state.save(obj)
    return _rebuild.reduced(
        "contrib.keras:rebuild", config, recorder.objects, arrays, files, state=own or None
    )


def rebuild(
    config: dict[str, Any],
    objects: dict[str, Any],
    arrays: dict[str, dict[str, Any]],
    files: dict[str, bytes],
) -> Any:
    """Build a Keras object again; the name is in streams."""
    from keras.src.saving import serialization_lib

    with serialization_lib.ObjectSharingScope():
        obj = serialization_lib.deserialize_keras_object(config, objects, safe_mode=False)
    _keras_state.load(obj, arrays, files)
    return obj


def keras_own_form(obj: Any) -> Reduced:
    """Return what Keras itself would write, also while its method is replaced by ours."""
    from keras.src.saving.keras_saveable import KerasSaveable

    method = vars(KerasSaveable)["__reduce__"]
    reduced: Reduced = getattr(method, "__wrapped__", method)(obj)
    return reduced
