"""A Keras object's configuration in which functions and classes of the user's are the live objects.

Keras describes an object by nested dicts in which everything of the user's is a name: of a class in
``__main__`` that another process does not have, of a lambda turned into marshalled code without
its globals. Here the names are tokens, and a table says which object each stands for::

    with recording() as recorder:
        config = keras.saving.serialize_keras_object(model)
    recorder.objects       # {"anypickle>0>MyLayer": <class MyLayer>, "anypickle>1>scale": <function>}

The table goes to the pickler beside the config, so a class crosses as classes cross, by reference
or by value; `keras.saving.custom_object_scope` gives the tokens their meaning on the other side.
What Keras cannot describe at all (a bound method, a partial, an object of the user's) becomes a
token too.

Threading: the three functions of Keras that have to know about tokens are replaced for the time of
a recording; in other threads they do what they always do.
"""

from __future__ import annotations

import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from anypickle.reducers.contrib._keras_made import made

__all__ = ["Recorder", "recording", "resolved"]

_LAMBDA = "<lambda>"
_lock = threading.RLock()
_depth = 0
_saved: list[tuple[Any, str, Any]] = []


class _Active(threading.local):
    recorder: Recorder | None = None


_active = _Active()


class Recorder:
    """The tokens that were given out during one recording."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self._tokens: dict[int, str] = {}

    def token(self, obj: Any) -> str:
        """Return the name under which the config speaks of `obj`."""
        if id(obj) not in self._tokens:
            name = getattr(obj, "__name__", type(obj).__name__)
            self._tokens[id(obj)] = token = f"anypickle>{len(self.objects)}>{name}"
            self.objects[token] = obj
        return self._tokens[id(obj)]

    def reference(self, obj: Any) -> dict[str, Any]:
        """Return what stands for `obj` inside a config."""
        token = self.token(obj)
        return {
            "module": "anypickle",
            "class_name": "function",
            "config": token,
            "registered_name": token,
        }


@contextmanager
def recording() -> Iterator[Recorder]:
    """Make Keras speak in tokens, in this thread, for the time of a ``with`` block."""
    outer, recorder = _active.recorder, Recorder()
    _active.recorder = recorder
    _replace()
    try:
        yield recorder
    finally:
        _restore()
        _active.recorder = outer


def resolved(config: Any, recorder: Recorder) -> Any:
    """Return a config whose lambdas are tokens like all other functions.

    The ids of shared objects, which Keras takes from memory addresses, become small numbers: two
    configs of one model are equal.
    """
    return _resolve(config, recorder, {})


def _resolve(config: Any, recorder: Recorder, shared: dict[int, int]) -> Any:
    if isinstance(config, list | tuple):
        return type(config)(_resolve(item, recorder, shared) for item in config)
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "__lambda__":
        inner = config["config"]
        token = inner["code"] if "code" in inner else inner["value"][0]
        if token in recorder.objects:
            return recorder.reference(recorder.objects[token])
    result = {key: _resolve(value, recorder, shared) for key, value in config.items()}
    if isinstance(result.get("shared_object_id"), int):
        result["shared_object_id"] = shared.setdefault(result["shared_object_id"], len(shared))
    return result


def _replace() -> None:
    """Put our three functions in place of Keras', for the first recording of any thread."""
    global _depth
    from keras.src.saving import object_registration, serialization_lib
    from keras.src.utils import python_utils

    with _lock:
        _depth += 1
        if _depth == 1:
            for module, name, make in (
                (serialization_lib, "serialize_keras_object", _serialize),
                (object_registration, "get_registered_name", _registered_name),
                (python_utils, "func_dump", _func_dump),
            ):
                original = getattr(module, name)
                _saved.append((module, name, original))
                setattr(module, name, make(original))


def _restore() -> None:
    global _depth
    with _lock:
        _depth -= 1
        while _depth == 0 and _saved:
            setattr(*_saved.pop())


def _serialize(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def serialize_keras_object(obj: Any) -> Any:
        recorder = _active.recorder
        if recorder is None:
            return original(obj)
        if _is_beyond_keras(obj):
            return recorder.reference(obj)
        try:
            return _describe_made(obj, recorder) or original(obj)
        except (TypeError, AttributeError):
            if hasattr(obj, "get_config") and not isinstance(obj, type):
                raise
            return recorder.reference(obj)

    return serialize_keras_object


def _describe_made(obj: Any, recorder: Recorder) -> dict[str, Any] | None:
    """Describe an object by the call that made it, if that is known."""
    from keras.src.saving import serialization_lib

    found = made(obj)
    if found is None:
        return None
    maker, inner = found
    token = recorder.token(maker)
    config = {
        "module": "anypickle",
        "class_name": type(obj).__name__,
        "config": inner,
        "registered_name": token,
    }
    serialization_lib.get_build_and_compile_config(obj, config)
    serialization_lib.record_object_after_serialization(obj, config)
    return config


def _registered_name(original: Callable[[Any], str]) -> Callable[[Any], str]:
    def get_registered_name(obj: Any) -> str:
        recorder = _active.recorder
        return original(obj) if recorder is None or _is_keras_own(obj) else recorder.token(obj)

    return get_registered_name


def _func_dump(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def func_dump(func: Any) -> Any:
        recorder = _active.recorder
        return original(func) if recorder is None else (recorder.token(func), None, None)

    return func_dump


def _is_beyond_keras(obj: Any) -> bool:
    """Tell what Keras would describe by a name that leads nowhere."""
    if isinstance(obj, types.FunctionType):
        return obj.__name__ == _LAMBDA
    return callable(obj) and (isinstance(obj, type) or not hasattr(obj, "get_config"))


def _is_keras_own(obj: Any) -> bool:
    from keras.src import api_export

    module = getattr(obj, "__module__", None) or ""
    return (
        module.partition(".")[0] in ("keras", "builtins")
        or api_export.get_name_from_symbol(obj) is not None
    )
