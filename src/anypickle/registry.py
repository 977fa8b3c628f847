"""The one table of reducers. Channels project it into every table that exists; the codec reads it directly.

A reducer is written once, in `anypickle.reducers`:

    @recipe("_thread:lock", policy=Policy.FRESH, offers=(Policy.SHARED,),
            scope=Scope.PROCESS, meaning="a new, unlocked lock")
    def reduce_lock(lock, policy, crossing):
        return _rebuild.reduced("locks:lock")

A kind is named by `module:qualname`, as the class itself says them, so that nothing is imported to describe it; it
is bound to the class when an object of it is first met. Recipes for third-party libraries live in
`reducers/contrib/<library>.py`, or in packages with an entry point in the group `anypickle.reducers`, and are read
when a type of that library is met.

A reducer is never asked about `Policy.REFUSE`: that is answered here.

Threading: registering takes a lock; reading a table is a plain dict lookup.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from types import CellType, MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from anypickle._locks import TWINS
from anypickle.crossing import Crossing, current
from anypickle.policy import Policy, PolicyWarning, Scope
from anypickle.recipe_files import lock, read_all, read_for, read_module
from anypickle.recipes import Policies, Recipe, Reduce, Reduced

if TYPE_CHECKING:
    from anypickle.choices import Choice

__all__ = [
    "BY_VALUE_MODULES",
    "TABLE",
    "Recipe",
    "Reduced",
    "bind_module",
    "bound",
    "by_value",
    "kinds",
    "let_choose",
    "override",
    "recipe",
    "register",
    "register_by_value",
    "resolve",
    "unregister",
    "unregister_by_value",
    "watch",
]

R = TypeVar("R", bound=Reduce)

TABLE: dict[type, Recipe] = {}
"""Exact types that were met or registered. The codec reads it."""
BY_VALUE_MODULES: set[str] = set()
"""Modules whose functions and classes cross by value."""

_WRITTEN_IN_PYTHON = 1 << 9
"""Py_TPFLAGS_HEAPTYPE: made by a class statement, or as one would make it."""
_OWN_WORDS = frozenset({"__reduce__", "__reduce_ex__", "__getstate__"})
_kinds: dict[str, Recipe] = {}
_kinds_of: dict[str, dict[str, None]] = {}
"""The kinds of each top-level module, in the order in which they were read."""
_listeners: list[Callable[[type, Recipe], None]] = []


# --- declaring --------------------------------------------------------------------------------------------------


def recipe(
    *names: str | type,
    policy: Policies,
    offers: Iterable[Policy] = (),
    scope: Scope = Scope.CLUSTER,
    subclasses: bool = False,
    meaning: str = "",
    asks: bool = False,
    named: bool = False,
) -> Callable[[R], R]:
    """Declares the reducer of these kinds; a decorator.

    Args:
        names: `module:qualname`, as the class's own `__module__` and `__qualname__` say them; or the class, where
            it can't be found under its name (generators, iterators).
        policy: What arrives, or what arrives by each channel.
        offers: What a user may choose besides.
        scope: How far it keeps its meaning.
        subclasses: Whether it serves subclasses too.
        meaning: One sentence: what arrives (or, for what is refused, why).
        asks: Whether it serves subclasses with a `__reduce__` of their own too: it calls that itself.
        named: Whether each object is found for good under a name in the module of its type.
    """

    def declare(reduce: R) -> R:
        for name in names:
            kind = f"{name.__module__}:{name.__qualname__}" if isinstance(name, type) else name
            found = Recipe(
                kind, reduce, policy, frozenset(offers), scope, subclasses, meaning, asks, named
            )
            with lock:
                _kinds[kind] = found
                _kinds_of.setdefault(kind.partition(":")[0].partition(".")[0], {})[kind] = None
                if isinstance(name, type):
                    _bind(name, found)
        return reduce

    return declare


def register(
    cls: type,
    reducer: Callable[[Any], Reduced] | None = None,
    *,
    policy: Policy | str = Policy.COPY,
) -> Any:
    """Registers a reducer of the user's for exactly this type; a later one takes the place of an earlier one.

        @anypickle.register(Client)
        def reduce_client(client):
            return Client, (client.address,)

    Args:
        cls: The type; its subclasses are not meant.
        reducer: A function of one object that gives a reduce value (as `object.__reduce__` does).
            Without it `register(cls)` is a decorator for that function.
        policy: What arrives, for reports. With `Policy.REFUSE` no reducer is needed.

    Raises:
        TypeError: `cls` is no type, or the reducer can't be called.
    """
    if not isinstance(cls, type):
        raise TypeError(f"register() wants a type first, not {type(cls).__name__!r}")
    chosen = Policy(policy)
    if reducer is None and chosen is not Policy.REFUSE:
        return lambda function: register(cls, function, policy=chosen)
    if reducer is not None and not callable(reducer):
        raise TypeError(f"the reducer for {cls.__qualname__} can't be called: {reducer!r}")
    name = f"{cls.__module__}:{cls.__qualname__}"
    origin = getattr(reducer, "__module__", None) or "?"
    with lock:
        earlier = TABLE.get(cls)
        if earlier is not None and not _same_package(earlier.origin, origin):
            import warnings

            warnings.warn(
                f"{origin} registers a reducer for {name} in the place of {earlier.origin}'s",
                PolicyWarning,
                stacklevel=2,
            )
        found = Recipe(name, _checked(cls, origin, reducer), chosen, origin=origin)
        for kind in _with_twin(cls):
            _bind(kind, found)
    return reducer


def unregister(cls: type) -> None:
    """Takes back `register`: anypickle's own recipe for the type, if it has one, holds again."""
    with lock:
        found = TABLE.get(cls)
        if found is None or found.origin == "anypickle":
            TABLE.pop(cls, None)
            raise KeyError(f"nobody has registered a reducer for {cls.__qualname__}")
        original = _kinds.get(found.kind)
        for kind in _with_twin(cls):
            TABLE.pop(kind, None)
            if original is not None:
                _bind(kind, original)
        _changed()


def _with_twin(cls: type) -> tuple[type, ...]:
    return (cls, TWINS[cls]) if cls in TWINS else (cls,)


def override(type_or_path: type | str, policy: Policy | str | None) -> Choice:
    """Chooses the policy for a type, or for a path pattern such as `obj.*.lock`; `None` takes it back.

    In a `with` statement the choice holds for the time of the block.

    Raises:
        TypeError: Neither a type nor a pattern.
        ValueError: No policy is called that.
    """
    from anypickle import choices

    made = choices.override(type_or_path, policy)
    if isinstance(type_or_path, type):
        let_choose(type_or_path)
    return made


def let_choose(cls: type) -> None:
    """Makes sure that a choice of policy for this type is asked for: types that need no recipe get one that does
    what stock pickle does, or refuses.
    """
    read_for(cls)  # not under the lock
    with lock:
        if resolve(cls) is None:
            name = f"{cls.__module__}:{cls.__qualname__}"
            _bind(cls, Recipe(name, _as_stock, Policy.COPY, subclasses=True, origin="stock"))


def register_by_value(module: Any) -> None:
    """Functions and classes of this module (or its name) cross by value from now on, submodules too."""
    BY_VALUE_MODULES.add(module if isinstance(module, str) else module.__name__)
    _changed()


def unregister_by_value(module: Any) -> None:
    """Takes back `register_by_value`."""
    BY_VALUE_MODULES.discard(module if isinstance(module, str) else module.__name__)
    _changed()


def has_only_ours() -> bool:
    """Whether nobody registered a reducer for a kind of object that the codec can write without asking."""
    kinds = (ModuleType, CellType, MappingProxyType, staticmethod, classmethod, property)
    return all(found.origin == "anypickle" for cls in kinds if (found := TABLE.get(cls)))


# --- asking -----------------------------------------------------------------------------------------------------


def resolve(cls: type) -> Recipe | None:
    """The recipe for a class: its own, or that of the nearest base whose recipe serves subclasses.

    A class that brings its own `__reduce__`, `__reduce_ex__` or `__getstate__`, nearer than the base, knows better,
    unless the recipe asks it.
    """
    read_for(cls)
    has_own = False
    for base in cls.__mro__:
        found = TABLE.get(base) or _bind_by_name(base)
        if found is not None and (
            base is cls or (found.subclasses and (found.asks or not has_own))
        ):
            return found
        if base is not object:
            has_own = has_own or not _OWN_WORDS.isdisjoint(vars(base))
    if has_own:
        return _FORGETFUL if _forgets(cls) else None
    return _DELEGATING if _delegates(cls) else None


def _forgets(cls: type) -> bool:
    """Whether stock pickle leaves behind what a class adds to one of the standard library's."""
    if not cls.__flags__ & _WRITTEN_IN_PYTHON or cls.__module__ in sys.builtin_module_names:
        return False
    from anypickle.reducers import forgetful

    return forgetful.forgets(cls)


def _delegates(cls: type) -> bool:
    """Whether instances need a setter of ours: most classes have no `__getattr__`, and nothing is read for them."""
    if not hasattr(cls, "__getattr__"):
        return False
    from anypickle.reducers import delegation

    return delegation.delegates(cls)


def by_value(obj: Any) -> Reduced | None:
    """Reduces a function, class or module that can't be found under its own name; None where stock pickle is right."""
    from anypickle.reducers.by_value import reduce

    return reduce(obj, current())


def kinds() -> Mapping[str, Recipe]:
    """Every kind that a recipe has been read for, by `module:qualname`."""
    read_all()
    return dict(_kinds)


def stays_by_name(obj: Any) -> bool:
    """Whether the other side of this crossing finds a function or class under its own name."""
    from anypickle.reducers import by_value as reducers_by_value

    return reducers_by_value.stays_by_name(obj, current())


def is_importable(module: Any) -> bool:
    """Whether another process can import a module that has no spec."""
    from anypickle.reducers import modules

    return modules.is_importable(module, current())


def bound() -> Mapping[type, Recipe]:
    """Every recipe whose type exists in this process by now, for channels that project the table."""
    for name in {name.partition(".")[0] for name in list(sys.modules)}:
        bind_module(name)
    return dict(TABLE)


def bind_module(name: str, *, imported: bool = False) -> None:
    """Reads and binds the recipes for a top-level module.

    Args:
        name: Of the module.
        imported: Its import has just ended, whatever it says of itself.
    """
    read_module(name, imported=imported)
    with lock:
        for kind in list(_kinds_of.get(name, ())):
            home, _, qualname = kind.partition(":")
            target: Any = sys.modules.get(home)
            for part in qualname.split("."):
                target = getattr(target, part, None)
            if isinstance(target, type) and target not in TABLE:
                _bind(target, _kinds[kind])


def watch(listener: Callable[[type, Recipe], None]) -> Callable[[], None]:
    """Calls `listener` for each type that is bound from now on; gives the function that ends it."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def _bind_by_name(cls: type) -> Recipe | None:
    found = _kinds.get(f"{cls.__module__}:{cls.__qualname__}")
    if found is not None:
        with lock:
            _bind(cls, found)
    return found


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


# --- the reducers of others -------------------------------------------------------------------------------------


def _same_package(earlier: str, later: str) -> bool:
    ours = ("anypickle", "stock")
    return earlier in ours or earlier.partition(".")[0] == later.partition(".")[0]


def _checked(cls: type, origin: str, reducer: Callable[[Any], Reduced] | None) -> Reduce:
    """A user's reducer, whose mistakes are told with its name and the type it was registered for."""
    who = f"the reducer {getattr(reducer, '__qualname__', reducer)} of {origin} for {cls.__qualname__}"

    def reduce(obj: Any, _policy: Policy, _crossing: Crossing) -> Reduced:
        assert reducer is not None, "a registered refusal is answered before"
        try:
            value = reducer(obj)
        except Exception as error:
            note = f"raised by {who}"
            if note not in getattr(error, "__notes__", ()):  # once, where it calls itself
                error.add_note(note)
            raise
        wrong = _wrong_with(value)
        if wrong:
            import pickle

            raise pickle.PicklingError(f"{who} must return {wrong}")
        return value

    vars(reduce)["who"] = who
    return reduce


def reducer_of(obj: Any) -> str | None:
    """Who reduces an object, in words; None where it is no reducer of a user's."""
    found = TABLE.get(type(obj))
    who: str | None = None if found is None else vars(found.reduce).get("who")
    return who


def _by_setter(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    from anypickle.reducers import delegation

    reduced: Reduced = delegation.reduce(obj, policy, crossing)
    return reduced


_DELEGATING = Recipe("builtins:object", _by_setter, Policy.COPY, meaning="the same attributes")


def _with_what_is_added(obj: Any, policy: Policy, crossing: Crossing) -> Any:
    from anypickle.reducers import forgetful

    return forgetful.reduce(obj, policy, crossing)


_FORGETFUL = Recipe(
    "builtins:object", _with_what_is_added, Policy.COPY, meaning="the same, with its attributes"
)


def _wrong_with(value: Any) -> str:
    """What a user's reducer should have returned; empty if it has."""
    if isinstance(value, str):
        return ""
    if not isinstance(value, tuple) or not 2 <= len(value) <= 6:
        return f"a string or a tuple of 2 to 6, not {type(value).__name__!r}"
    if not callable(value[0]):
        return f"something to call first, not {type(value[0]).__name__!r}"
    if not isinstance(value[1], tuple):
        return f"a tuple of arguments second, not {type(value[1]).__name__!r}"
    return ""


def _as_stock(obj: Any, _policy: Policy, _crossing: Crossing) -> Reduced:
    reduced: Reduced = obj.__reduce_ex__(5)
    return reduced
