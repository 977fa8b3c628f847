"""Exceptions arrive, whatever their `__init__` wants.

pickle calls the class again with `args`. A class whose `__init__` takes other arguments than it hands on to `Exception`
can't be rebuilt that way; in the result of a pool's task that hangs the pool. So such an exception is rebuilt without
its `__init__`: the class, `args` and the attributes are those it had.
"""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Channel, Policy
from anypickle.registry import recipe

__all__ = ["plain"]

_WRITTEN_IN_PYTHON = 1 << 9
"""Py_TPFLAGS_HEAPTYPE: made by a class statement."""
_MODULES_OF_PICKLERS = frozenset({"builtins", "_pickle", "pickle"})


@recipe(
    "builtins:BaseException",
    "builtins:OSError",
    "builtins:ImportError",
    "builtins:AttributeError",
    "builtins:BaseExceptionGroup",
    "builtins:ExceptionGroup",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the same class, arguments, attributes and notes; its __init__ does not run again",
)
def reduce(error: BaseException, _policy: Policy, crossing: Crossing) -> Any:
    """As pickle, but for what could not be rebuilt."""
    reduced = error.__reduce_ex__(4)
    if not isinstance(reduced, tuple):
        return reduced
    kind, args, *rest = reduced
    state = _without_blocker(error, rest[0] if rest else None)
    if kind is type(error) and _has_own_init(kind, args, crossing.channel):
        return _rebuild.reduced("exceptions:plain", kind, args, state=state)
    return (kind, args, state, *rest[1:]) if rest else reduced


def plain(kind: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    """An exception as the nearest class that is not written in Python makes it."""
    native = next(base for base in kind.__mro__ if not base.__flags__ & _WRITTEN_IN_PYTHON)
    error: BaseException = native.__new__(kind, *args)
    vars(native)["__init__"](error, *args)
    return error


def _has_own_init(kind: type, args: tuple[Any, ...], channel: Channel) -> bool:
    """Whether calling the class with `args` may be wrong; between processes, nobody sees what goes wrong."""
    init: Any = inspect.getattr_static(kind, "__init__")
    if not isinstance(init, FunctionType):
        return False
    if channel in (Channel.TASK, Channel.SPAWN):
        return True
    try:
        inspect.signature(init).bind(None, *args)
    except TypeError:
        return True
    return False


def _without_blocker(error: BaseException, state: Any) -> Any:
    """An error of ours about what cannot cross holds that very object: it is left out."""
    if not isinstance(state, dict) or type(error).__module__ not in _MODULES_OF_PICKLERS:
        return state
    return {name: value for name, value in state.items() if name != "object" or "path" not in state}
