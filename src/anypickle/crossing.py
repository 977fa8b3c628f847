"""The crossing that is under way in this thread: its channel, its root and the policies of this call.

    with crossing(Channel.TASK, root=obj):
        data = _core.dumps(obj)          # reducers ask current().channel

Threading: each thread has a crossing of its own; a crossing within a crossing (a reducer that pickles)
starts from the outer one.
"""

from __future__ import annotations

import functools
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType, ModuleType, TracebackType
from typing import Any

from anypickle import _core
from anypickle.policy import Channel, Policy, PolicyWarning, Scope

__all__ = [
    "FALLBACK",
    "Crossing",
    "counted",
    "crossing",
    "current",
    "current_path",
    "gate",
    "measured",
    "noted",
]

FALLBACK = "fallback"
"""Noted in the place of a policy: another pickler than ours had to do it."""
meter: Any = None
"""What counts crossings in this process (`_core`), if `anypickle.traffic` has it count."""

_NO_POLICIES: Mapping[type | str, Policy] = MappingProxyType({})


class Crossing:
    """One walk over an object graph, from one side to the other."""

    # No dataclass: they import `inspect`, and every process that is armed would wait for it.
    __slots__ = (
        "arms",
        "channel",
        "namespaces",
        "observer",
        "policies",
        "reach",
        "root",
        "shares_main",
        "strict",
        "warned",
        "warner",
    )

    def __init__(
        self,
        channel: Channel = Channel.BYTES,
        root: Any = None,
        policies: Mapping[type | str, Policy] = _NO_POLICIES,
        strict: bool = False,
        arms: bool = False,
        reach: Scope = Scope.MACHINE,
        observer: Callable[..., object] | None = None,
        warner: Callable[[type[PolicyWarning], Any, str], object] | None = None,
        shares_main: bool = False,
        warned: set[str] | None = None,
    ) -> None:
        self.channel = channel
        self.root = root
        """The object that the walk began at, where the channel knows it."""
        self.policies = policies
        """What this call wants, by type or by path pattern (`obj.*.lock`); goes before `anypickle.override`."""
        self.strict = strict
        """Refuse what stock pickle refuses unless it is named in `policies` or by `override`."""
        self.arms = arms
        """Whether rebuilding on the other side installs anypickle there."""
        self.reach = reach
        """How far the bytes may go: what keeps its meaning less far is warned of."""
        self.observer = observer
        """Told of each recipe before it is asked, as (recipe, obj, policy); nothing is shared meanwhile."""
        self.warner = warner
        """Told of each warning in the place of `warnings`."""
        self.shares_main = shares_main
        """Whether the other side has this program's `__main__`, as what multiprocessing starts has."""
        self.warned = warned
        """The paths that this walk has warned of already; None where no walk was begun."""
        self.namespaces: dict[int, Any] = {}
        """What stands for the globals of the functions of this walk, where another pickler than ours walks."""

    def warn(self, category: type[PolicyWarning], obj: Any, message: str) -> None:
        """Warns of one object, at the line of the user's that began the walk, once for each path.

        Args:
            category: The kind of warning.
            obj: The object that is being reduced; its path goes before the message, or its type.
            message: What to know, and what to do.
        """
        if self.warner is not None:
            self.warner(category, obj, message)
            return
        where = current_path() or f"a {type(obj).__module__}.{type(obj).__qualname__}"
        if self.warned is not None:
            if any(_is_part(where, known, category) for known in self.warned):
                return
            self.warned.add(f"{where}: {category.__name__}")
        warnings.warn(f"{where}: {message}", category, stacklevel=_frames_of_ours())


class _Stack(threading.local):
    def __init__(self) -> None:
        self.crossings: list[Crossing] = []


_stack = _Stack()
_PLAIN = Crossing()


def current() -> Crossing:
    """The innermost crossing of this thread; that of a plain `dumps` where none was begun."""
    passing = _core.passing()
    if passing is not None:  # gates that nobody has asked about until now
        for options, root in passing:
            _stack.crossings.append(crossing(root=root, **options)._inner)
    return _stack.crossings[-1] if _stack.crossings else _PLAIN


def current_path() -> str | None:
    """The path to the object that our pickler is at in this thread, such as `obj.layers[3]._lock`.

    None where another pickler walks, or none.
    """
    ask = getattr(_core, "current_path", None)
    path: str | None = ask() if ask is not None else None
    return path


class crossing:
    """Begins a crossing for the time of a `with` block; what is not given is as in the outer one.

    Raises:
        ValueError: No channel, policy or scope is called that.
    """

    __slots__ = ("_counting", "_inner")

    def __init__(
        self,
        channel: Channel | str,
        *,
        root: Any = None,
        policies: Mapping[type | str, Policy | str] | None = None,
        strict: bool | None = None,
        arms: bool | None = None,
        reach: Scope | str | None = None,
        observer: Callable[..., object] | None = None,
        warner: Callable[[type[PolicyWarning], Any, str], object] | None = None,
        shares_main: bool | None = None,
    ) -> None:
        outer = current()
        self._inner = Crossing(
            channel if type(channel) is Channel else Channel(channel),
            root if root is not None else outer.root,
            outer.policies if policies is None else _merged(outer.policies, policies),
            outer.strict if strict is None else strict,
            outer.arms if arms is None else arms,
            outer.reach if reach is None else Scope(reach),
            outer.observer if observer is None else observer,
            warner=outer.warner if warner is None else warner,
            shares_main=outer.shares_main if shares_main is None else shares_main,
            warned=set() if outer.warned is None else outer.warned,
        )

    def __enter__(self) -> Crossing:
        inner = self._inner
        self._counting = None
        _stack.crossings.append(inner)
        if meter is not None and meter.begin_count():
            self._counting = meter
        return inner

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        inner = _stack.crossings.pop()
        if self._counting is None:
            return
        if inner.observer is None:
            self._counting.end_count(inner.channel, inner.root, error)
        else:
            self._counting.drop_count()  # it was looked at, and nothing has crossed


def gate(owner: ModuleType, name: str, channel: Channel, **options: Any) -> Any:
    """Our function of this name, which sends its first argument by a channel, in the place of a stock one.

    What it sends is one crossing, with these options; it is only made when a reducer asks for it.
    """
    crosses = {"channel": channel, **options}
    return _in_place_of(owner, name, _core.Gate(getattr(_core, name), channel, crosses, _leave))


def counted(owner: ModuleType, name: str, channel: Channel) -> Any:
    """The same function, with what it sends counted, for the channel that it is called with or this one."""
    return _in_place_of(owner, name, _core.Gate(getattr(owner, name), channel, None, _leave))


def _in_place_of(owner: ModuleType, name: str, ours: Any) -> Any:
    functools.update_wrapper(ours, getattr(owner, name))
    ours.__module__ = owner.__name__  # where it is found, for who pickles it by name
    return ours


def _leave() -> None:
    _stack.crossings.pop()


class measured:
    """Has what crosses in a `with` block counted, if somebody counts; what crosses within it counts as part of it."""

    __slots__ = ("_channel", "_counting", "_root")

    def __init__(self, channel: Channel, root: Any) -> None:
        self._channel = channel
        self._root = root

    def __enter__(self) -> None:
        self._counting = meter if meter is not None and meter.begin_count() else None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._counting is not None:
            self._counting.end_count(self._channel, self._root, error)


def noted(kind: str, policy: str) -> None:
    """Tells the meter, if there is one, what an object of some kind crosses as."""
    if meter is not None:
        meter.count_met(kind, policy)


def _merged(
    outer: Mapping[type | str, Policy], mine: Mapping[type | str, Policy | str]
) -> Mapping[type | str, Policy]:
    from anypickle import registry

    if not isinstance(mine, Mapping) or not all(isinstance(key, (type, str)) for key in mine):
        raise TypeError(f"policies are a dict from types or paths to policies, not {mine!r:.60}")
    chosen = {kind: Policy(policy) for kind, policy in mine.items()}
    for kind in chosen:
        if isinstance(kind, type):
            registry.let_choose(kind)
    return {**outer, **chosen}


def _is_part(where: str, known: str, category: type[PolicyWarning]) -> bool:
    """Whether a path has been warned of, or what it is a part of by its reduction: a file's buffer, with the file."""
    path, _, said = known.rpartition(": ")
    return said == category.__name__ and (
        where == path or where.startswith(f"{path}.__reduce_ex__")
    )


def _frames_of_ours() -> int:
    """How many frames `warnings.warn` has to go up from its caller to leave anypickle."""
    level = 2
    frame = sys._getframe(2)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
        level += 1
    return level


def _is_ours(module: str) -> bool:
    return module == "anypickle" or module.startswith(("anypickle.", "copy", "pickle"))
