"""Attributes that a program put on a Keras object, and that no configuration knows of.

``model.threshold = 0.7`` is lost in Keras' own pickling. Here it crosses: data always, other objects
where the class's own code does not set an attribute of that name (if it does, the rebuilt object has
made its own, wired to its own layers). What the code of Keras' classes sets is Keras' affair, and so
are layers, variables and tensors; what cannot cross stays behind with a warning that names it.
"""

from __future__ import annotations

import dis
import functools
import types
import warnings
from collections.abc import Iterator
from typing import Any, cast

from anypickle.policy import PolicyWarning
from anypickle.reducers.contrib._keras_made import ARGUMENTS

__all__ = ["extras"]

_ENGINES = frozenset({"keras", "tensorflow", "jax", "jaxlib", "torch", "flax", "wrapt"})
_SCALARS = (str, bytes, int, float, complex, bool, type(None))


def extras(obj: Any) -> dict[str, Any]:
    """Return the attributes that have to be set on the rebuilt object."""
    import keras

    if not isinstance(obj, keras.layers.Layer) or _restores_itself(type(obj)):
        return {}
    found = {}
    engine, own = _set_by_classes(cast(Any, type(obj)))
    for name, value in vars(obj).copy().items():
        if name in engine or name in _engine_attributes() or name.startswith(("_self_", ARGUMENTS)):
            continue
        value = _unwrapped(value)
        if _is_data(value) or (
            name not in own and not _is_engine(value) and _crosses(type(obj).__name__, name, value)
        ):
            found[name] = value
    return found


@functools.cache
def _engine_attributes() -> frozenset[str]:
    """The attributes that Keras itself keeps on every layer and model.

    The specimens have names, so the program's own layers are numbered as ever.
    """
    import keras

    name = "anypickle"
    layer, model = keras.layers.Layer(name=name), keras.Model(name=name)
    model.compile("sgd", "mse")
    return frozenset({**vars(layer), **vars(model), **vars(keras.Sequential(name=name))})


@functools.cache
def _set_by_classes(cls: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The names that the code of a class sets on objects: that of Keras' bases, that of the user's."""
    engine: set[str] = set()
    own: set[str] = set()
    for base in cls.__mro__:
        names = engine if base.__module__.partition(".")[0] in _ENGINES else own
        for code in _codes(base):
            names.update(
                step.argval for step in dis.get_instructions(code) if step.opname == "STORE_ATTR"
            )
    return frozenset(engine), frozenset(own)


def _codes(cls: type) -> Iterator[types.CodeType]:
    functions = (getattr(value, "__wrapped__", value) for value in vars(cls).copy().values())
    waiting = [f.__code__ for f in functions if isinstance(f, types.FunctionType)]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [const for const in code.co_consts if isinstance(const, types.CodeType)]


def _restores_itself(cls: type) -> bool:
    """Tell whether a class of the user's has a `__setstate__` that expects a state of its own."""
    return any(
        "__setstate__" in vars(base) and base.__module__.partition(".")[0] not in _ENGINES
        for base in cls.__mro__
    )


def _unwrapped(value: Any) -> Any:
    """Return the list or dict inside the wrapper that Keras or TensorFlow put around it."""
    if type(value) in (list, dict, tuple, set):
        return value
    if isinstance(value, list) and _is_engine(value):
        return [_unwrapped(item) for item in value]
    if isinstance(value, dict) and _is_engine(value):
        return {key: _unwrapped(item) for key, item in value.items()}
    return value


def _is_engine(value: Any) -> bool:
    """Tell whether a value, or one in its containers, belongs to Keras or a library below it."""
    if isinstance(value, list | tuple | set | frozenset) and type(value).__module__ == "builtins":
        return any(_is_engine(item) for item in value)
    if type(value) is dict:
        return any(_is_engine(item) for item in value.values())
    kind = value if isinstance(value, type | types.FunctionType) else type(value)
    if any(base.__module__.partition(".")[0] in _ENGINES for base in getattr(kind, "__mro__", ())):
        return True
    return (getattr(kind, "__module__", None) or "").partition(".")[0] in _ENGINES


def _is_data(value: Any) -> bool:
    """Tell numbers, text, arrays, and containers of them."""
    if isinstance(value, _SCALARS):
        return type(value).__module__ == "builtins"
    if type(value) in (list, tuple, set, frozenset):
        return all(_is_data(item) for item in value)
    if type(value) is dict:
        return all(_is_data(key) and _is_data(item) for key, item in value.items())
    return type(value).__module__ == "numpy"


def _crosses(owner: str, name: str, value: Any) -> bool:
    """Tell whether an attribute can be pickled, and say so if not."""
    import anypickle

    try:
        anypickle.dumps(value)
    except Exception as error:
        message = f"{owner}.{name} stays behind: {error}"
        warnings.warn(message, PolicyWarning, stacklevel=2)
        return False
    return True
