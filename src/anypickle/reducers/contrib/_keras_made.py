"""Objects of the user's own classes, made again as they were made.

A class without a `get_config` of its own is described by Keras from the constructor's arguments as far
as they are plain, and for models by the *defaults* of these arguments, whatever was passed. While
anypickle is installed the arguments are remembered (`remember`), and such an object crosses as a call::

    MyModel(4, encoder)   ->   Made(MyModel, (4, encoder), {})   ->   MyModel(4, encoder)

Its weights, and what else Keras keeps, follow as for all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["ARGUMENTS", "Made", "made", "remember"]

#: Two underscores in front: Keras, which looks for layers in all attributes, passes over it.
ARGUMENTS = "__anypickle_arguments__"


@dataclass(frozen=True)
class Made:
    """A call that makes an object; Keras uses it in the place of a class. The name is in streams."""

    cls: type
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def from_config(self, config: dict[str, Any]) -> Any:
        """Make the object, give it the name it had, and add what was added to a stack of layers."""
        from keras.saving import deserialize_keras_object

        obj = self.cls(*self.args, **self.kwargs)
        remember(obj, self.args, self.kwargs)
        if config.get("name") and obj.name != config["name"]:
            obj.name = config["name"]
        layers = config.get("layers", [])
        for layer in layers[len(obj.layers) if layers else 0 :]:
            obj.add(deserialize_keras_object(layer))
        return obj


def remember(obj: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Keep the arguments that an object of a class of the user's is made with."""
    if not _is_keras(type(obj).__module__):
        vars(obj)[ARGUMENTS] = (args, kwargs)


def made(obj: Any) -> tuple[Made, dict[str, Any]] | None:
    """Return how to make an object again, and the config for it; None where Keras knows."""
    arguments = getattr(obj, "__dict__", {}).get(ARGUMENTS)
    describes = getattr(type(obj), "get_config", None)
    if arguments is None or not _is_keras(getattr(describes, "__module__", None) or ""):
        return None
    from keras import Sequential
    from keras.src.saving import serialization_lib

    config = {"name": getattr(obj, "name", None)}
    if isinstance(obj, Sequential):
        describe = serialization_lib.serialize_keras_object
        config["layers"] = [describe(layer) for layer in obj.layers]
    return Made(type(obj), *arguments), config


def _is_keras(module: str) -> bool:
    return module.partition(".")[0] == "keras"
