"""Exceptions arrive, whatever their `__init__` wants, with what they were caused by and where they were raised.

pickle calls the class again with `args`. A class whose `__init__` takes other arguments than it hands on to `Exception`
can't be rebuilt that way; in the result of a pool's task that hangs the pool. So such an exception is rebuilt without
its `__init__`: the class, `args` and the attributes are those it had.

`__cause__`, `__context__` and `__traceback__`, which pickle leaves behind, are added to the state: every exception's
own `__setstate__` sets them. One of a chain that can't cross itself is stood for by a `RemoteError` that names it, so
that it keeps no other from arriving.
"""

from __future__ import annotations

import threading
from types import FunctionType
from typing import Any

from anypickle import _core, _rebuild
from anypickle.crossing import Crossing, crossing
from anypickle.policy import Channel, Policy
from anypickle.registry import recipe

__all__ = ["RemoteError", "named", "plain"]

_WRITTEN_IN_PYTHON = 1 << 9
"""Py_TPFLAGS_HEAPTYPE: made by a class statement."""
_VARARGS = 4
"""CO_VARARGS: of a function with `*args`."""
_MODULES_OF_PICKLERS = frozenset({"builtins", "_pickle", "pickle"})
_IN_SLOTS = ("name", "name_from")
"""What NameError, AttributeError and ImportError keep besides `args`, and pickle does not always write."""


class RemoteError(Exception):
    """Stands in a chain of causes for an exception that could not cross: its class, its text, and why."""


class _Alone(threading.local):
    """Whether an exception is being tried out without its chain."""

    tried = False


_alone = _Alone()


@recipe(
    "builtins:BaseException",
    "builtins:OSError",
    "builtins:ImportError",
    "builtins:AttributeError",
    "builtins:BaseExceptionGroup",
    "builtins:ExceptionGroup",
    policy=Policy.COPY,
    subclasses=True,
    asks=True,
    meaning="the same class, arguments, attributes, notes, causes and traceback; its __init__ does not run again",
)
def reduce(error: BaseException, _policy: Policy, crossing: Crossing) -> Any:
    """As pickle, but for what could not be rebuilt."""
    reduced = error.__reduce_ex__(4)
    if not isinstance(reduced, tuple):
        return reduced
    kind, args, *rest = reduced
    state = _without_blocker(error, rest[0] if rest else None)
    added = _origin(error, state, crossing)
    if _sets_its_own_state(type(error)) or not (state is None or type(state) is dict):
        if added and not any(rest[1:]):
            state, rest = (state, added), [None, None, None, set_with_origin]
    elif added:
        state = {**(state or {}), **added}
    if kind is type(error) and _has_own_init(kind, args, crossing.channel):
        kind, args = _rebuild.reduced("exceptions:plain", kind, args)
    return (kind, args) if state is None and not rest[1:] else (kind, args, state, *rest[1:])


def plain(kind: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    """An exception as the nearest class that is not written in Python makes it."""
    native = next(base for base in kind.__mro__ if not base.__flags__ & _WRITTEN_IN_PYTHON)
    error: BaseException = native.__new__(kind, *args)
    native.__init__(error, *args)  # type: ignore[misc]
    return error


def set_with_origin(error: BaseException, given: tuple[Any, dict[str, Any]]) -> None:
    """Sets a state in the way of the class, and then what is every exception's."""
    state, added = given
    if state is not None:
        error.__setstate__(state)
    BaseException.__setstate__(error, added)


def _has_own_init(kind: type, args: tuple[Any, ...], channel: Channel) -> bool:
    """Whether calling the class with `args` may be wrong; between processes, nobody sees what goes wrong."""
    if "__reduce__" in vars(kind) or "__reduce_ex__" in vars(kind):
        return False  # it says itself what it is to be called with
    init: Any = next(vars(base)["__init__"] for base in kind.__mro__ if "__init__" in vars(base))
    if not isinstance(init, FunctionType):
        return False
    return channel in (Channel.TASK, Channel.SPAWN) or not _takes(init, len(args))


def _takes(function: FunctionType, count: int) -> bool:
    """Whether a method can be called with so many arguments."""
    if hasattr(function, "__wrapped__") or hasattr(function, "__signature__"):
        import inspect

        try:
            inspect.signature(function).bind(None, *[None] * count)
        except TypeError:
            return False
        return True
    code = function.__code__
    most = code.co_argcount - 1
    needs_names = code.co_kwonlyargcount > len(function.__kwdefaults__ or ())
    return (
        not needs_names
        and (count <= most or bool(code.co_flags & _VARARGS))
        and count >= most - len(function.__defaults__ or ())
    )


def _without_blocker(error: BaseException, state: Any) -> Any:
    """An error of ours about what cannot cross holds that very object: it is left out."""
    if not isinstance(state, dict) or type(error).__module__ not in _MODULES_OF_PICKLERS:
        return state
    return {name: value for name, value in state.items() if name != "object" or "path" not in state}


# --- where it comes from ----------------------------------------------------------------------------------------


def _origin(error: BaseException, state: Any, under: Crossing) -> dict[str, Any]:
    """What pickle leaves behind: causes, the traceback, names in slots; notes, where the class has its own state."""
    known = state if type(state) is dict else {}
    added = {
        name: value
        for name in _IN_SLOTS
        if type(value := getattr(error, name, None)) is str and name not in known
    }
    notes = getattr(error, "__notes__", None)
    if notes is not None and "__notes__" not in known:
        added["__notes__"] = notes
    if not _alone.tried and under.channel not in (Channel.HASH, Channel.COPY):
        added.update(_chain(error))
    return added


def _sets_its_own_state(kind: type) -> bool:
    return getattr(kind, "__setstate__", None) is not BaseException.__setstate__


def _chain(error: BaseException) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if error.__cause__ is not None:
        found["__cause__"] = _able(error.__cause__)
    if error.__context__ is not None:
        found["__context__"] = (
            found["__cause__"] if error.__context__ is error.__cause__ else _able(error.__context__)
        )
    if error.__suppress_context__ is not ("__cause__" in found):
        found["__suppress_context__"] = error.__suppress_context__
    if error.__traceback__ is not None:
        found["__traceback__"] = error.__traceback__
    return found


def _able(link: BaseException) -> BaseException:
    """An exception of the chain, or what stands for it if it can't cross."""
    plain_class = type(link).__module__ == "builtins"
    if plain_class and not vars(link) and all(type(arg) in (str, int) for arg in link.args):
        return link
    _alone.tried = True
    try:
        with crossing(_current_channel(), root=link, observer=_nobody):
            _core.dumps(link)
    except Exception as blocker:
        stand_in = RemoteError(f"{named(link)}, which could not cross: {blocker}")
        stand_in.__suppress_context__ = link.__suppress_context__
        stand_in.__cause__, stand_in.__context__ = link.__cause__, link.__context__
        return stand_in.with_traceback(link.__traceback__)
    finally:
        _alone.tried = False
    return link


def _current_channel() -> Channel:
    from anypickle.crossing import current

    return current().channel


def _nobody(*_: Any) -> None:
    """Hears of the recipes that are tried: with an observer nothing is shared."""


def named(link: BaseException) -> str:
    try:
        text = str(link)
    except Exception:  # its __str__ is the program's own
        text = "?"
    return f"{type(link).__module__}.{type(link).__qualname__}: {text}"
