"""The one table of reducers. Channels project it into every table that exists; the codec reads it directly.

A reducer is written once, in `anypickle.reducers`:

    @recipe("_thread:lock", policy=Policy.FRESH, offers=(Policy.SHARED, Policy.REFUSE),
            scope=Scope.PROCESS, meaning="a new, unlocked lock")
    def reduce_lock(lock, policy, crossing):
        return _rebuild.call, ("locks:lock",)

A kind is named by `module:qualname` so that nothing is imported to describe it; it is bound to the class when
an object of it is first met. Recipes for third-party libraries live in `reducers/contrib/<library>.py` and are
read when a type of that library is met.

Threading: registering takes a lock; reading a table is a plain dict lookup.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from anypickle.crossing import Crossing, current
from anypickle.policy import Channel, Policy, Scope

__all__ = [
    "BY_VALUE_MODULES",
    "TABLE",
    "Recipe",
    "by_value",
    "kinds",
    "override",
    "recipe",
    "register",
    "register_by_value",
    "resolve",
    "unregister_by_value",
]

Reduced = str | tuple[Any, ...]
Reduce = Callable[[Any, Policy, Crossing], Reduced]
Policies = Policy | Mapping[Channel, Policy]
R = TypeVar("R", bound=Reduce)


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """How one kind of object crosses: callable like an entry of a `dispatch_table`."""

    kind: str
    """`module:qualname` of the type."""
    reduce: Reduce
    policy: Policies
    """The policy, or one for each channel (`Channel.BYTES` stands for those that are not named)."""
    offers: frozenset[Policy] = frozenset()
    """The other policies that a user may choose."""
    scope: Scope = Scope.CLUSTER
    subclasses: bool = False
    """Whether it serves subclasses that bring no `__reduce__`, `__reduce_ex__` or `__getstate__` of their own."""
    meaning: str = ""
    """One sentence: what arrives."""
    origin: str = field(default="anypickle")

    def policy_on(self, channel: Channel) -> Policy:
        """The policy that holds on a channel when nobody has chosen another."""
        if isinstance(self.policy, Policy):
            return self.policy
        return self.policy.get(channel, self.policy[Channel.BYTES])

    def __call__(self, obj: Any) -> Reduced:
        """Reduces under the crossing of this thread."""
        from anypickle import choices

        under = current()
        policy = choices.policy_for(self, obj, under)
        if under.observer is not None:
            under.observer(self, obj, policy)
            if policy in _TOUCHING:
                return (object, ())
        return self.reduce(obj, policy, under)


# What a recipe under these policies does changes or opens something: an observer only hears of it.
_TOUCHING = frozenset({Policy.SHARED, Policy.REOPEN})

TABLE: dict[type, Recipe] = {}
"""Exact types that were met or registered. The codec reads it."""
BY_VALUE_MODULES: set[str] = set()
"""Modules whose functions and classes cross by value."""

_kinds: dict[str, Recipe] = {}
_lock = threading.RLock()
_read_builtin = False
_read_contrib: set[str] = set()


def recipe(
    *names: str | type,
    policy: Policies,
    offers: Iterable[Policy] = (),
    scope: Scope = Scope.CLUSTER,
    subclasses: bool = False,
    meaning: str = "",
) -> Callable[[R], R]:
    """Declares the reducer of the kinds named `module:qualname`; a decorator.

    A type that can't be found under its name (that of a list's iterator) is given itself.
    """

    def declare(reduce: R) -> R:
        for kind in names:
            name = kind if isinstance(kind, str) else f"{kind.__module__}:{kind.__qualname__}"
            found = Recipe(name, reduce, policy, frozenset(offers), scope, subclasses, meaning)
            _kinds[name] = found
            if isinstance(kind, type):
                _bind(kind, found)
        return reduce

    return declare


def kinds() -> Mapping[str, Recipe]:
    """Every kind that a recipe has been read for, by `module:qualname`."""
    _read_reducers()
    return dict(_kinds)


def resolve(cls: type) -> Recipe | None:
    """The recipe for a class: its own, or that of the nearest base whose recipe serves subclasses.

    A class that brings its own `__reduce__`, `__reduce_ex__` or `__getstate__`, nearer than the base, knows better.
    """
    _read_reducers(cls)
    for base in cls.__mro__:
        found = TABLE.get(base)
        if found is not None and (base is cls or found.subclasses):
            return found
        if not _OWN_WORDS.isdisjoint(vars(base)):
            return None
    return None


def register(
    cls: type,
    reducer: Callable[[Any], Reduced] | None = None,
    *,
    policy: Policy | str = Policy.COPY,
) -> Any:
    """Registers a reducer of the user's for exactly this type; a later one takes the place of an earlier one.

    Args:
        cls: The type; its subclasses are not meant.
        reducer: A function of one object that gives a reduce value (pickle's `object.__reduce__`).
            Without it `register(cls)` is a decorator for that function.
        policy: What arrives, for reports.

    Raises:
        TypeError: `cls` is no type, or the reducer can't be called.
    """
    if not isinstance(cls, type):
        raise TypeError(f"register() wants a type first, not {type(cls).__name__!r}")
    if reducer is None:
        return lambda function: register(cls, function, policy=policy) and function
    if not callable(reducer):
        raise TypeError(f"the reducer for {cls.__qualname__} can't be called: {reducer!r}")

    def reduce(obj: Any, _policy: Policy, _crossing: Crossing) -> Reduced:
        return reducer(obj)

    name = f"{cls.__module__}:{cls.__qualname__}"
    origin = getattr(reducer, "__module__", None) or "?"
    with _lock:
        earlier = TABLE.get(cls)
        if earlier is not None and earlier.origin not in ("anypickle", origin):
            import warnings

            from anypickle.policy import PolicyWarning

            warnings.warn(
                f"{origin} registers a reducer for {name} in the place of {earlier.origin}'s",
                PolicyWarning,
                stacklevel=2,
            )
        _bind(cls, Recipe(name, reduce, Policy(policy), origin=origin))
    return reducer


def override(type_or_path: type | str, policy: Policy | str | None) -> None:
    """Chooses the policy for a type, or for a path pattern such as `obj.*.lock`; `None` takes it back."""
    from anypickle import choices

    choices.override(type_or_path, policy)


def register_by_value(module: Any) -> None:
    """Functions and classes of this module (or its name) cross by value from now on, submodules too."""
    BY_VALUE_MODULES.add(module if isinstance(module, str) else module.__name__)
    _changed()


def unregister_by_value(module: Any) -> None:
    """Takes back `register_by_value`."""
    BY_VALUE_MODULES.discard(module if isinstance(module, str) else module.__name__)
    _changed()


def by_value(obj: Any) -> Reduced | None:
    """Reduces a function, class or module that can't be found under its own name; None where stock pickle is right."""
    from anypickle.reducers import by_value as reducers_by_value

    return reducers_by_value.reduce(obj, current())


def bound() -> Mapping[type, Recipe]:
    """Every recipe whose type exists in this process by now, for channels that project the table."""
    _read_reducers()
    return dict(TABLE)


def watch(listener: Callable[[type, Recipe], None]) -> Callable[[], None]:
    """Calls `listener` for each type that is bound from now on; gives the function that ends it."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


_OWN_WORDS = frozenset({"__reduce__", "__reduce_ex__", "__getstate__"})
_listeners: list[Callable[[type, Recipe], None]] = []


def _read_reducers(cls: type | None = None) -> None:
    """Reads the built-in recipes, then those for the library of `cls`, then binds what exists by now."""
    global _read_builtin
    with _lock:
        if not _read_builtin:
            _read_builtin = True
            package = importlib.import_module("anypickle.reducers")
            for module in pkgutil.iter_modules(package.__path__):
                if not module.ispkg:
                    importlib.import_module(f"anypickle.reducers.{module.name}")
        for library in {base.__module__.partition(".")[0] for base in cls.__mro__} if cls else ():
            _read_library(library)
        _bind_existing()


def _read_library(library: str) -> None:
    """Reads `reducers/contrib/<library>.py`, once, if there is one."""
    if library in _read_contrib:
        return
    _read_contrib.add(library)
    name = f"anypickle.reducers.contrib.{library}"
    if library.isidentifier() and importlib.util.find_spec(name) is not None:
        importlib.import_module(name)


def _bind_existing() -> None:
    for name, found in list(_kinds.items()):
        module, _, qualname = name.partition(":")
        target: Any = sys.modules.get(module)
        for part in qualname.split("."):
            target = getattr(target, part, None)
        if isinstance(target, type) and target not in TABLE:
            _bind(target, found)


def _bind(cls: type, found: Recipe) -> None:
    TABLE[cls] = found
    for listener in list(_listeners):
        listener(cls, found)
    _changed()


def _changed() -> None:
    from anypickle import _core

    changed = getattr(_core, "registry_changed", None)
    if changed is not None:
        changed()
