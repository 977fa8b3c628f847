"""Walks a graph with the pickler's own dispatch and turns what happens into findings.

Nothing is changed, opened or imported: a recipe that would share is not run, only told of.
"""

from __future__ import annotations

import re
import warnings
from collections import deque
from collections.abc import Callable, Mapping
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any

from anypickle import _core
from anypickle.crossing import crossing
from anypickle.explain import detectors, paths, worker_roads
from anypickle.explain.finding import Finding, Owner, Report, Severity
from anypickle.explain.fixes import without
from anypickle.explain.owner import owner_in, owner_of
from anypickle.explain.payloads import Payloads
from anypickle.explain.words import full_name, has, module_of
from anypickle.policy import Channel, HeldLockWarning, Policy, PolicyWarning, Scope
from anypickle.registry import Recipe

__all__ = ["walk"]

_LARGE = 1 << 20
_MOST = 20_000_000
"""Objects after which a walk ends by itself: half a minute's, and what has no end fills two gigabytes by then."""


def walk(
    obj: Any,
    channel: Channel | str = Channel.SPAWN,
    *,
    policies: Mapping[type | str, Policy | str] | None = None,
    max_objects: int | None = None,
    progress: Callable[[int | None], object] | None = None,
) -> Report:
    """Everything that a crossing of `obj` would meet.

    Args:
        obj: Any object.
        channel: The road to take, see `anypickle.Channel`.
        policies: As for `anypickle.dumps`.
        max_objects: Where to stop, as a graph may have no end; 20 million where it is not given.
        progress: Called with the number of objects so far, now and then, and with None at the end.

    Raises:
        ValueError: There is no such channel or policy.
    """
    channel = Channel(channel)
    collector = _Collector(channel, progress)
    with (
        crossing(
            channel,
            root=obj,
            policies=policies,
            arms=False,
            observer=collector.recipe,
            warner=collector.warned,
        ),
        warnings.catch_warnings(),
        worker_roads.starting(channel),
    ):
        warnings.simplefilter("ignore")  # what they say is among the findings
        visited, complete = _core.walk(
            obj,
            collector,
            large=_LARGE,
            max_objects=max_objects or _MOST,
            dispatch_table=worker_roads.table(channel, collector.duplicated),
            copies=channel is Channel.COPY,
        )
    if progress is not None:
        progress(None)
    return Report(
        root_type=full_name(type(obj)),
        channel=channel,
        findings=collector.sorted(),
        visited=visited,
        size=collector.size,
        complete=complete,
    )


class _Collector:
    """What `_core.walk` tells: see `_core.pyi` for when each method is called."""

    def __init__(
        self, channel: Channel, progress: Callable[[int | None], object] | None = None
    ) -> None:
        self.channel = channel
        self.progress = progress
        self.size = 0
        self._found: dict[int, Finding] = {}
        self._also: dict[int, list[str]] = {}
        self._payloads = Payloads()
        self._parts: dict[int, tuple[Recipe, Any, Policy]] = {}
        """What was met only within an object that is told of as a whole."""

    def write(self, chunk: Any) -> None:
        self.size += memoryview(chunk).nbytes

    def far(self, visited: int) -> None:
        if self.progress is not None:
            self.progress(visited)

    def ended(self, where: tuple[list[Any], int, bool]) -> None:
        """The walk has met as many objects as it was allowed to."""
        trail, count, nested = where
        told = detectors.ended(count, nested=nested)
        severity = Severity.BLOCKER if count else Severity.COST
        self._add(trail[-1], severity, told, (paths.expression(trail) or "obj", trail))

    def hashed_early(self, obj: Any) -> None:
        """An object is in a set, or is a key, that its own attributes lead to."""
        self._add(obj, Severity.LOAD, detectors.hashed_early())

    def blocked(self, obj: Any, error: BaseException) -> None:
        if self.channel is Channel.COPY and has(type(obj), "__deepcopy__"):
            return
        told = detectors.blocker(obj, error)
        if self.channel is Channel.COPY:
            told = detectors.unless_left_out(told, _core.current_trail())
        recipe = getattr(self._found.get(id(obj)), "policy", None)
        self._add(obj, Severity.BLOCKER, told, policy=recipe or Policy.REFUSE)

    def again(self, obj: Any) -> None:
        if id(obj) in self._parts:
            if not self._is_part():
                self._tell_recipe(*self._parts.pop(id(obj)))
        else:
            self._also.setdefault(id(obj), []).append(paths.here())

    def named(self, obj: Any) -> None:
        if not issubclass(type(obj), (type, FunctionType, BuiltinFunctionType)):
            return
        told = detectors.name(obj, self.channel)
        if told is not None:
            self._add(obj, Severity.LOAD, told)

    def namespace(self, obj: dict[str, Any]) -> None:
        told = detectors.namespace(obj)
        if told is not None:
            self._add(obj, Severity.COST, told)

    def large(self, obj: Any, size: int) -> None:
        path, trail = paths.nearest()
        twin = self._payloads.first(obj, size, path)
        if twin is not None:
            told = detectors.duplicate(size, twin)
        elif self.channel is Channel.TASK and detectors.is_in_function(trail):
            told = detectors.with_every_task(size)
        else:
            told = detectors.large(size)
        self._add(trail[-1], Severity.COST, told, (path, trail), size=size)

    def warned(self, category: type[PolicyWarning], obj: Any, message: str) -> None:
        """A recipe would warn of an object."""
        found = self._found.get(id(obj))
        if category is HeldLockWarning and found is not None:
            told = detectors.held()
            self._add(obj, Severity.LOAD, told, policy=found.policy, scope=found.scope)

    def secret(self, obj: Any, key: str) -> None:
        told = detectors.secret(obj, key)
        if told is not None:
            self._add(obj, Severity.SECRET, told)

    def shaped(self, obj: str) -> None:
        """A string that looks like a token or a private key, under a name that promises nothing."""
        self._add(obj, Severity.SECRET, detectors.secret_by_shape())

    def recipe(self, recipe: Recipe, obj: Any, policy: Policy) -> None:
        """A recipe is about to be asked: it says what arrives."""
        if recipe.kind.startswith(("_thread:", "threading:")) and self._is_part():
            self._parts[id(obj)] = (recipe, obj, policy)
            _core.follow(obj)
        else:
            self._tell_recipe(recipe, obj, policy)

    def duplicated(self, obj: Any) -> None:
        """multiprocessing sends a descriptor along."""
        told = detectors.duplicated(obj)
        self._add(obj, Severity.POLICY, told, policy=Policy.SHARED, scope=Scope.MACHINE)

    def _tell_recipe(self, recipe: Recipe, obj: Any, policy: Policy) -> None:
        if issubclass(type(obj), _MACHINERY) and ".__reduce" in paths.here():
            return  # no object of the program's holds it: the stream rebuilds something with it
        told = detectors.recipe(recipe, obj, policy)
        if self.channel in (Channel.SPAWN, Channel.TASK) and policy is recipe.policy_on(
            self.channel
        ):
            from anypickle.channels.handing import arrives_shared

            if arrives_shared(obj, paths.here(), self.channel):
                policy, told = Policy.SHARED, detectors.handed(recipe, obj)
        self._add(obj, Severity.POLICY, told, policy=policy, scope=recipe.scope)

    def _is_part(self) -> bool:
        """Whether the walk is within an object that is told of as a whole, as a queue's mutex is."""
        *holders, here = _core.current_trail()
        for holder in reversed(holders):
            if holder is not here and id(holder) not in self._parts:
                found = self._found.get(id(holder))
                if found is not None and found.policy is not None:
                    return module_of(type(holder)) in _WHOLE
                if not issubclass(type(holder), _CONTAINERS):
                    return False
        return False

    def sorted(self) -> tuple[Finding, ...]:
        """The findings, the worst first, in the order of the walk."""
        for key, others in self._also.items():
            finding = self._found.get(key)
            if finding is not None:
                places = dict.fromkeys((*finding.paths, *others))
                object.__setattr__(finding, "paths", tuple(places))
        return tuple(sorted(self._found.values(), key=lambda finding: finding.severity.rank))

    def _add(
        self,
        obj: Any,
        severity: Severity,
        told: detectors.Told,
        place: tuple[str, list[Any]] | None = None,
        **more: Any,
    ) -> None:
        earlier = self._found.get(id(obj))
        if earlier is not None and earlier.severity.rank <= severity.rank:
            return
        path, trail = place or (_here(), _core.current_trail())
        _core.follow(obj)
        if earlier is not None and more.get("scope") is None:
            more["scope"] = earlier.scope
        owner = _safely(_owner, path, trail)
        self._found[id(obj)] = Finding(
            path=path,
            object=obj,
            type_name=full_name(type(obj)),
            severity=severity,
            detector=told.detector,
            meaning=told.meaning,
            hint=_safely(_with_code, told.hint, severity, owner, trail) or told.hint,
            owner=owner,
            paths=(path,),
            **more,
        )


def _safely(ask: Callable[..., Any], *args: Any) -> Any:
    """What it answers; nothing where a class, of which it asks, has its own code fail."""
    try:
        return ask(*args)
    except Exception:
        return None


def _here() -> str:
    return _safely(paths.here) or _core.current_path() or "obj"


def _with_code(hint: str, severity: Severity, owner: Owner | None, trail: list[Any]) -> str:
    """The hint; of what can be left out by its owner, with the method that does so."""
    if owner is None or severity not in (Severity.BLOCKER, Severity.SECRET):
        return hint
    holder = next((it for it in reversed(trail[:-1]) if type(it) not in _CONTAINERS), None)
    method = without(holder, owner)
    return f"{hint}; or, in class {owner.class_name}, `{method}`" if method else hint


def _owner(path: str, trail: list[Any]) -> Owner | None:
    """Who holds the object at the end of the path: the nearest object of the trail that is no mere container."""
    named = _ATTRIBUTE.search(path)
    if named is None or not trail:
        return None
    attribute = named[1]
    if attribute == "cell_contents":
        return _variable(trail[:-1], trail[-1])
    is_item = path.endswith("]")
    for holder in reversed(trail[:-1]):
        if type(holder) is FunctionType:
            code = holder.__code__
            return Owner(holder.__qualname__, attribute, code.co_filename, code.co_firstlineno)
        if issubclass(type(holder), type):
            return owner_in(holder, attribute)
        if type(holder) not in _CONTAINERS and not (
            is_item and issubclass(type(holder), _WITH_ITEMS)
        ):
            return owner_of(holder, attribute)
    return None


def _variable(trail: list[Any], value: Any) -> Owner | None:
    """The variable of a function around it that has the value."""
    for function in reversed(trail):
        if isinstance(function, FunctionType):
            cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
            for name, cell in cells:
                try:
                    found = cell.cell_contents is value
                except ValueError:  # empty
                    continue
                if found:
                    code = function.__code__
                    return Owner(function.__qualname__, name, code.co_filename, code.co_firstlineno)
    return None


#: The last attribute of a path, and items of it: `obj.rows` in `obj.rows['all'][0]`.
_ATTRIBUTE = re.compile(
    r"""\.([^\W\d]\w*)(?:\[(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\]'"\[]+)\])*$"""
)
_WHOLE = frozenset({"queue", "_queue", "threading", "concurrent.futures._base"})
_MACHINERY = (ModuleType, type)
_WITH_ITEMS = (dict, list, tuple, deque)
_CONTAINERS = (dict, list, tuple, set, frozenset, CellType)
