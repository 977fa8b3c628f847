"""What reducers write into streams: one function that calls a rebuilder by its name.

    return _rebuild.reduced("locks:lock")            # fresh lock on the other side
    return _rebuild.reduced("files:text", path, mode, position)

The name is `module:function` under `anypickle.reducers` and is for ever: a stream of today is read by every later
version. Under a crossing that arms, the same stream goes through `anypickle._armed`, whose import installs anypickle
in the process that rebuilds.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from anypickle import __version__
from anypickle.crossing import current
from anypickle.policy import Channel

__all__ = ["call", "reduced"]

_found: dict[str, Callable[..., Any]] = {}


def reduced(name: str, *args: Any, state: Any = None) -> tuple[Any, ...]:
    """A reduce value that calls `anypickle.reducers.<name>` with `args` on the other side.

    Args:
        name: `module:function`.
        args: What it is called with.
        state: What `__setstate__` of the result, or its `__dict__`, receives; None for nothing. What may lead
            back to the object itself has to go here, not into `args`.
    """
    under = current()
    function: Callable[..., Any] = call
    if under.arms:
        from anypickle import _armed

        function = _armed.call
    version = "" if under.channel is Channel.HASH else __version__  # a hash outlives versions
    value = (function, (version, name, *args))
    return value if state is None else (*value, state)


def call(version: str, name: str, /, *args: Any) -> Any:
    """Calls the rebuilder `name` of this version of anypickle for a stream that `version` wrote.

    Raises:
        UnpicklingError: Another version wrote it, and this one has no such rebuilder.
    """
    rebuild = _found.get(name)
    if rebuild is None:
        rebuild = _find(version, name)
    return rebuild(*args)


def _find(version: str, name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    try:
        rebuild: Callable[..., Any] = getattr(
            importlib.import_module(f"anypickle.reducers.{module}"), function
        )
    except (ImportError, AttributeError) as error:
        if version == __version__:
            raise
        import pickle

        raise pickle.UnpicklingError(
            f"this was written by anypickle {version} with {name!r}, which anypickle {__version__} here "
            f"does not know: install the same version of anypickle on both sides"
        ) from error
    if not str(getattr(rebuild, "__module__", "")).startswith("anypickle."):
        raise AttributeError(f"{name!r} is no rebuilder of anypickle's")
    _found[name] = rebuild
    return rebuild
