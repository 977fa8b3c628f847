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

import builtins
import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import CellType, ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from anypickle._locks import TWINS
from anypickle.crossing import Crossing, current, noted
from anypickle.policy import Channel, Policy, PolicyWarning, Scope
from anypickle.reducers import HOMES

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
    "wanted_modules",
    "watch",
]

Reduced = str | tuple[Any, ...]
Reduce = Callable[[Any, Policy, Crossing], Reduced]
Policies = Policy | Mapping[Channel, Policy]
R = TypeVar("R", bound=Reduce)

_REACH = {Scope.PROCESS: 0, Scope.MACHINE: 1, Scope.CLUSTER: 2}
_SELF_CONTAINED = frozenset({Policy.FRESH, Policy.COPY})


class Recipe:
    """How one kind of object crosses: callable like an entry of a `dispatch_table`."""

    # No dataclass: see Crossing.
    __slots__ = (
        "asks",
        "kind",
        "meaning",
        "offers",
        "origin",
        "policy",
        "reduce",
        "scope",
        "subclasses",
    )

    def __init__(
        self,
        kind: str,
        reduce: Reduce,
        policy: Policies,
        offers: frozenset[Policy] = frozenset(),
        scope: Scope = Scope.CLUSTER,
        subclasses: bool = False,
        meaning: str = "",
        asks: bool = False,
        origin: str = "anypickle",
    ) -> None:
        self.kind = kind
        """`module:qualname` of the type."""
        self.reduce = reduce
        self.policy = policy
        """The policy, or one for each channel (`Channel.BYTES` stands for those that are not named)."""
        self.offers = offers
        """The other policies that a user may choose."""
        self.scope = scope
        """How far what arrives keeps its meaning, where it is not self-contained."""
        self.subclasses = subclasses
        """Whether it serves subclasses that bring no `__reduce__`, `__reduce_ex__` or `__getstate__` of their own."""
        self.meaning = meaning
        """One sentence: what arrives."""
        self.asks = asks
        """Whether it serves subclasses with words of their own as well, and asks those itself."""
        self.origin = origin
        """The module that registered it."""

    def __repr__(self) -> str:
        return f"<Recipe for {self.kind}: {self.policy}>"

    def policy_on(self, channel: Channel) -> Policy:
        """The policy that holds on a channel when nobody has chosen another."""
        if isinstance(self.policy, Policy):
            return self.policy
        return self.policy.get(channel, self.policy[Channel.BYTES])

    def __call__(self, obj: Any) -> Reduced:
        """Reduces under the crossing of this thread.

        Raises:
            TypeError: The policy is to refuse, or the recipe refuses this object.
        """
        from anypickle import choices

        under = current()
        policy = choices.policy_for(self, obj, under)
        if under.observer is not None:
            under.observer(self, obj, policy)
            if policy is Policy.SHARED:
                return self._as_if_shared(obj, under)
        else:
            noted(self.kind, policy)
        if policy is Policy.REFUSE:
            from anypickle.refusal import refuse

            if self.policy_on(under.channel) is not Policy.REFUSE:
                refuse(obj, "the program chose to refuse it", hint=_TAKE_BACK)
            refuse(obj, self.meaning or "by policy", hint=self.meaning.partition(": ")[2])
        if _REACH[under.reach] > _REACH[self.scope] and policy not in _SELF_CONTAINED:
            under.warn(
                PolicyWarning,
                obj,
                f"this goes to other machines, where a {self.kind.replace(':', '.')} that crosses as "
                f"{str(policy)!r} keeps its meaning only within a {self.scope}: make it where it is used",
            )
        return self.reduce(obj, policy, under)

    def _as_if_shared(self, obj: Any, under: Crossing) -> Reduced:
        """For an observer: sharing would change the original, so what goes along with it is walked in a copy."""
        policy = self.policy_on(Channel.BYTES)
        if policy in (Policy.SHARED, Policy.REFUSE):
            return (object, ())
        return self.reduce(obj, policy, under)


TABLE: dict[type, Recipe] = {}
"""Exact types that were met or registered. The codec reads it."""
BY_VALUE_MODULES: set[str] = set()
"""Modules whose functions and classes cross by value."""

_GROUP = "anypickle.reducers"
_TAKE_BACK = (
    "leave it out, or choose another policy where it was refused: anypickle.override(), policies="
)
_OWN_WORDS = frozenset({"__reduce__", "__reduce_ex__", "__getstate__"})
_kinds: dict[str, Recipe] = {}
_kinds_of: dict[str, dict[str, None]] = {}
"""The kinds of each top-level module, in the order in which they were read."""
_lock = threading.RLock()
_read: set[str] = set()
"""Top-level modules whose recipes were read."""
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
    """

    def declare(reduce: R) -> R:
        for name in names:
            kind = f"{name.__module__}:{name.__qualname__}" if isinstance(name, type) else name
            found = Recipe(
                kind, reduce, policy, frozenset(offers), scope, subclasses, meaning, asks
            )
            with _lock:
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
    with _lock:
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
    with _lock:
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
    with _lock:
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
    kinds = (ModuleType, CellType, staticmethod, classmethod, property)
    return all(found.origin == "anypickle" for cls in kinds if (found := TABLE.get(cls)))


# --- asking -----------------------------------------------------------------------------------------------------


def resolve(cls: type) -> Recipe | None:
    """The recipe for a class: its own, or that of the nearest base whose recipe serves subclasses.

    A class that brings its own `__reduce__`, `__reduce_ex__` or `__getstate__`, nearer than the base, knows better,
    unless the recipe asks it.
    """
    _read_for(cls)
    has_own = False
    for base in cls.__mro__:
        found = TABLE.get(base) or _bind_by_name(base)
        if found is not None and (
            base is cls or (found.subclasses and (found.asks or not has_own))
        ):
            return found
        if base is not object:
            has_own = has_own or not _OWN_WORDS.isdisjoint(vars(base))
    return _DELEGATING if not has_own and _delegates(cls) else None


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
    _read_all()
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


def wanted_modules() -> set[str]:
    """The top-level modules whose types have recipes: `bind_module` is to be called when one is imported."""
    return {*HOMES, *_files("anypickle.reducers.contrib")}


def bind_module(name: str, *, imported: bool = False) -> None:
    """Reads and binds the recipes for a top-level module.

    Args:
        name: Of the module.
        imported: Its import has just ended, whatever it says of itself.
    """
    _read_module(name, imported=imported)
    with _lock:
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


# --- reading ----------------------------------------------------------------------------------------------------


def _read_for(cls: type) -> None:
    """Reads the recipes for the modules and libraries that a class and its bases come from."""
    for base in cls.__mro__[:-1] or cls.__mro__:
        module = base.__module__ if isinstance(base.__module__, str) else ""
        if module.partition(".")[0] not in _read:
            _read_module(module.partition(".")[0])
        if module == "builtins" and not hasattr(builtins, base.__name__):
            _read_homeless()


def _read_homeless() -> None:
    """Reads what there is for the libraries that are imported: some written in C call `builtins` their module."""
    for name in _files("anypickle.reducers.contrib").intersection(sys.modules) - _read:
        _read_module(name)


def _read_all() -> None:
    """Reads every file of ours but those for other libraries."""
    with _lock:
        for name in _files("anypickle.reducers"):
            importlib.import_module(f"anypickle.reducers.{name}")


def _read_module(name: str, *, imported: bool = False) -> None:
    """Reads what there is for the types of a top-level module: our files, `contrib/<name>.py`, entry points; once.

    A library that is being imported at this moment may not have yet what its recipes need of it. They are read at
    the end of that import, where anypickle is installed, or when they are asked for the next time.
    """
    with _lock:
        if name in _read:
            return
        for file in HOMES.get(name, ()):
            importlib.import_module(f"anypickle.reducers.{file}")
        if name not in sys.stdlib_module_names and name not in ("", "__main__", "anypickle"):
            if name in _files("anypickle.reducers.contrib"):
                if not imported and _is_half_imported(name):
                    return
                _read_contrib(name)
            _read_entry_points()
        _read.add(name)


def _is_half_imported(name: str) -> bool:
    from anypickle.post_import import is_loading

    module = sys.modules.get(name)
    return module is not None and is_loading(module)


def _read_contrib(name: str) -> None:
    """Reads the recipes for a library; one that is another than they were written for does without them.

    A namespace package of which another part is installed (`google`) needs none, and nothing is said of it.
    """
    try:
        importlib.import_module(f"anypickle.reducers.contrib.{name}")
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith(f"{name}."):
            return
        import warnings

        warnings.warn(
            f"anypickle's recipes for {name} can't be read, and its objects cross without them: "
            f"{type(error).__name__}: {error}",
            PolicyWarning,
            stacklevel=2,
        )


@lru_cache(maxsize=2)
def _files(package: str) -> frozenset[str]:
    """The names of the modules in a package of reducers; for `contrib` those of the libraries."""
    names: set[str] = set()
    for path in importlib.import_module(package).__path__:
        names.update(name.removesuffix(".py") for name in os.listdir(path) if name.endswith(".py"))
    return frozenset(name for name in names if not name.startswith("_"))


def _read_entry_points() -> None:
    """Loads what other packages have under `anypickle.reducers`, once; one that fails is named and left out."""
    if _GROUP in _read:
        return
    _read.add(_GROUP)
    if not _somebody_has_entry_points():
        return
    from importlib import metadata

    for point in metadata.entry_points(group=_GROUP):
        try:
            loaded = point.load()
            if callable(loaded):
                loaded()
        except Exception as error:
            import warnings

            warnings.warn(
                f"the reducers of {point.value!r} can't be read: {type(error).__name__}: {error}",
                PolicyWarning,
                stacklevel=2,
            )


def _somebody_has_entry_points() -> bool:
    """A look at the metadata on the path that is ten times quicker than `importlib.metadata`."""
    from contextlib import suppress
    from pathlib import Path

    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                with suppress(OSError):
                    if _GROUP.encode() in Path(folder, name, "entry_points.txt").read_bytes():
                        return True
    return False


def _bind_by_name(cls: type) -> Recipe | None:
    found = _kinds.get(f"{cls.__module__}:{cls.__qualname__}")
    if found is not None:
        with _lock:
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
