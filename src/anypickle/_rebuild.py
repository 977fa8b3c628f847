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

__all__ = ["call", "reduced"]


def reduced(name: str, *args: Any, state: Any = None) -> tuple[Any, ...]:
    """A reduce value that calls `anypickle.reducers.<name>` with `args` on the other side.

    Args:
        name: `module:function`.
        args: What it is called with.
        state: What `__setstate__` of the result, or its `__dict__`, receives; None for nothing.
    """
    function: Callable[..., Any] = call
    if current().arms:
        from anypickle import _armed

        function = _armed.call
    value = (function, (__version__, name, *args))
    return value if state is None else (*value, state)


def call(version: str, name: str, /, *args: Any) -> Any:
    """Calls the rebuilder `name` of this version of anypickle for a stream that `version` wrote."""
    module, _, function = name.partition(":")
    try:
        rebuild = getattr(importlib.import_module(f"anypickle.reducers.{module}"), function)
    except (ImportError, AttributeError) as error:
        if version == __version__:
            raise
        import pickle

        raise pickle.UnpicklingError(
            f"this was written by anypickle {version} with {name!r}, which anypickle {__version__} here "
            f"does not know: install the same version of anypickle on both sides"
        ) from error
    return rebuild(*args)
