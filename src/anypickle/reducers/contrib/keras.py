"""Keras 3's models, layers, optimizers, losses and metrics.

They cross as their configuration (with the user's functions and classes in it as live objects), their
arrays, and the attributes that were put on them::

    model in __main__  ->  rebuild(config, objects, arrays, assets)  ->  the same model elsewhere

Keras' own form, a zip file, is kept where it says the same and the stream may be read without
anypickle: in `bytes` and files, for objects in which nothing is the user's. The rebuilt object is
compiled as the original was, with the state of its optimizer.
"""

from __future__ import annotations

import pickle
import warnings
from typing import Any

from anypickle import _core, _rebuild
from anypickle.crossing import Crossing, crossing
from anypickle.policy import Channel, Policy
from anypickle.reducers.contrib import _keras_config, _keras_state
from anypickle.reducers.contrib._keras_extras import extras
from anypickle.reducers.contrib._keras_standalone import has_state
from anypickle.registry import Reduced, recipe

__all__ = ["fresh_copy", "keras_own_form", "rebuild", "reduce_saveable"]

_PORTABLE = frozenset({Channel.BYTES, Channel.FILE})


@recipe(
    "keras.src.saving.keras_saveable:KerasSaveable",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the same configuration, weights, optimizer state and attributes in a new object",
)
def reduce_saveable(obj: Any, policy: Policy, under: Crossing) -> Reduced:
    """Reduce any object that Keras can save."""

    config, objects = _described(obj)
    own, inner = extras(obj), [extras(layer) for layer in _inner_layers(obj)]
    if under.channel in _PORTABLE and not (objects or own or any(inner) or has_state(obj)):
        return keras_own_form(obj)
    parts = {"trainable": _trainable(obj), "attributes": inner if any(inner) else []}
    form = (config, _packed(objects, under), *_keras_state.save(obj), parts)
    return _rebuild.reduced("contrib.keras:rebuild", *form, state=own or None)


def rebuild(
    config: dict[str, Any],
    objects: dict[str, Any] | bytes,
    arrays: dict[str, dict[str, Any]],
    files: dict[str, bytes],
    parts: dict[str, list[Any]],
) -> Any:
    """Build a Keras object again; the name is in streams."""
    live = pickle.loads(objects) if isinstance(objects, bytes) else objects
    obj = _build(config, live, parts["trainable"])
    _keras_state.load(obj, arrays, files)
    for layer, values in zip(_inner_layers(obj), parts["attributes"], strict=False):
        vars(layer).update(values)
    return obj


def fresh_copy(model: Any) -> Any:
    """Return a model that is built and compiled alike and has weights that were never trained."""
    return _build(*_described(model), _trainable(model))


def _packed(objects: dict[str, Any], under: Crossing) -> dict[str, Any] | bytes:
    """Return the user's functions and classes as they are, or pickled by us.

    Keras' own pickling brings a lambda through stock pickle; so must ours, and a class of `__main__` into
    programs that do not have it. Where a pickler of ours goes on with them, and in a copy, they are live.
    """
    elsewhere = under.channel in _PORTABLE and under.shares_main
    ours = _core.current_path() is not None and not elsewhere
    if not objects or under.channel is Channel.COPY or ours:
        return objects
    with crossing(under.channel, shares_main=under.shares_main and not elsewhere):
        return bytes(_core.dumps(objects))


def _described(obj: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the configuration of an object and the objects that its tokens stand for."""
    from keras.src.saving import serialization_lib

    with _keras_config.recording() as recorder, serialization_lib.ObjectSharingScope():
        described = serialization_lib.serialize_keras_object(obj)
    return _keras_config.resolved(described, recorder), recorder.objects


def _build(config: dict[str, Any], objects: dict[str, Any], trainable: list[bool | None]) -> Any:
    """Build an object and compile it.

    It is compiled only when its layers are frozen as they were: an optimizer has slots for what is
    trained, and its own arrays have to find them.
    """
    from keras.saving import CustomObjectScope
    from keras.src.saving import serialization_lib

    with (
        serialization_lib.ObjectSharingScope(),
        serialization_lib.SafeModeScope(False),
        CustomObjectScope(objects),
        warnings.catch_warnings(),
    ):
        # A layer without build() is marked as built, and builds its parts when it is called.
        warnings.filterwarnings("ignore", r"`build\(\)` was called on layer")
        plain = {key: value for key, value in config.items() if key != "compile_config"}
        obj = serialization_lib.deserialize_keras_object(plain, objects, safe_mode=False)
        layers = [obj, *_inner_layers(obj)]
        if len(layers) == len(trainable):
            for layer, wanted in zip(layers, trainable, strict=True):
                if wanted is not None and layer.trainable != wanted:
                    layer.trainable = wanted
        if config.get("compile_config"):
            obj.compile_from_config(config["compile_config"])
    return obj


def _inner_layers(obj: Any) -> list[Any]:
    """Return the layers below a layer or model, in an order that its copies share."""
    flatten = getattr(obj, "_flatten_layers", None)
    return [] if flatten is None else list(flatten(include_self=False))


def _trainable(obj: Any) -> list[bool | None]:
    """Tell for an object and each layer below it whether it is trained."""
    return [getattr(layer, "trainable", None) for layer in (obj, *_inner_layers(obj))]


def keras_own_form(obj: Any) -> Reduced:
    """Return what Keras itself would write, also while its method is replaced by ours."""
    from keras.src.saving.keras_saveable import KerasSaveable

    method = vars(KerasSaveable)["__reduce__"]
    reduced: Reduced = getattr(method, "__wrapped__", method)(obj)
    return reduced
