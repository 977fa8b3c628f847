"""What a reducer is to the rest of the house: the function, its policies, and how far what arrives keeps its meaning.

    found = Recipe("_thread:lock", reduce_lock, Policy.FRESH)
    found(lock)      # ("rebuild", ...) under the crossing of this thread

Recipes are declared with `registry.recipe`, and asked for there.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from anypickle.crossing import Crossing, current, current_path, noted
from anypickle.policy import Channel, Policy, PolicyWarning, Scope
from anypickle.refusal import refuse

__all__ = ["Policies", "Recipe", "Reduce", "Reduced"]

Reduced = str | tuple[Any, ...]
Reduce = Callable[[Any, Policy, Crossing], Reduced]
Policies = Policy | Mapping[Channel, Policy]

_REACH = {Scope.PROCESS: 0, Scope.MACHINE: 1, Scope.CLUSTER: 2}
_SELF_CONTAINED = frozenset({Policy.FRESH, Policy.COPY})
_TAKE_BACK = (
    "leave it out, or choose another policy where it was refused: anypickle.override(), policies="
)


class Recipe:
    """How one kind of object crosses: callable like an entry of a `dispatch_table`."""

    # No dataclass: see Crossing.
    __slots__ = (
        "_is_read",
        "asks",
        "kind",
        "meaning",
        "named",
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
        named: bool = False,
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
        self.named = named
        """Whether each object is found for good under a name in the module of its type: the codec remembers which."""
        self._is_read = False
        """Whether the file of ours that it stands in is known to have been read to its end."""
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

        if not self._is_read:
            self._is_read = _is_read(self.reduce)
        under = current()
        policy = choices.policy_for(self, obj, under)
        if under.observer is not None:
            under.observer(self, obj, policy)
            if policy is Policy.SHARED:
                return self._as_if_shared(obj, under)
        else:
            noted(self.kind, policy)
        if policy is Policy.REFUSE:
            self._refuse(obj, under)
        if _REACH[under.reach] > _REACH[self.scope] and policy not in _SELF_CONTAINED:
            under.warn(
                PolicyWarning,
                obj,
                f"this goes to other machines, where a {self.kind.replace(':', '.')} that crosses as "
                f"{str(policy)!r} keeps its meaning only within a {self.scope}: make it where it is used",
            )
        try:
            return self.reduce(obj, policy, under)
        except TypeError as error:
            _say_so(error, obj, under)
            raise

    def _refuse(self, obj: Any, under: Crossing) -> None:
        reason, hint = self.meaning or "by policy", self.meaning.partition(": ")[2]
        if self.policy_on(under.channel) is not Policy.REFUSE:
            reason, hint = "the program chose to refuse it", _TAKE_BACK
        try:
            refuse(obj, reason, hint=hint)
        except TypeError as error:
            _say_so(error, obj, under)
            raise

    def _as_if_shared(self, obj: Any, under: Crossing) -> Reduced:
        """For an observer: sharing would change the original, so what goes along with it is walked in a copy."""
        policy = self.policy_on(Channel.BYTES)
        if policy in (Policy.SHARED, Policy.REFUSE):
            return (object, ())
        return self.reduce(obj, policy, under)


def _is_read(reduce: Reduce) -> bool:
    """Waits while another thread reads the file of ours that has this function; False where it is this thread."""
    name = getattr(reduce, "__module__", None) or ""
    if not name.startswith("anypickle."):
        return True  # to wait for a module of a program's may be to wait for ever
    for waited in (False, True):
        spec = getattr(sys.modules.get(name), "__spec__", None)
        if not getattr(spec, "_initializing", False):
            return True
        if not waited:
            importlib.import_module(name)
    return False


def _say_so(error: TypeError, obj: Any, under: Crossing) -> None:
    """Adds the note to a refusal where no pickler of ours is at work: one of ours would add it, with the path."""
    if under.observer is None and current_path() is None:
        from anypickle.explain.notes import unplaced

        unplaced(error, obj)
