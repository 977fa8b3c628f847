"""What the interpreter has one of: its version and flags, its old Unicode table, marks that modules keep by identity.

A plain `object()` that a module keeps under a name is a mark: what is compared with `is`. It crosses by that name, so
that a function by value still knows it where it arrives. `object()` that no importable module knows is a copy.
"""

from __future__ import annotations

import sys
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing, current
from anypickle.policy import Policy
from anypickle.reducers._instances import as_stock
from anypickle.registry import Reduced, recipe

__all__ = ["facts"]

_FACTS = ("version_info", "flags", "hash_info", "int_info", "float_info", "thread_info")


@recipe(
    *(type(getattr(sys, name)) for name in _FACTS),
    policy=Policy.REFERENCE,
    meaning="the same facts of the interpreter over there; refused on loading where they differ",
)
def _reduce_facts(found: Any, policy: Policy, crossing: Crossing) -> Reduced:
    name = next(name for name in _FACTS if type(getattr(sys, name)) is type(found))
    return _rebuild.reduced("interpreter:facts", name, tuple(found))


def facts(name: str, values: tuple[Any, ...]) -> Any:
    """`sys.<name>` of this interpreter, if it says the same."""
    found = getattr(sys, name)
    if tuple(found) != values:
        import pickle

        raise pickle.UnpicklingError(
            f"sys.{name} was {values} where this was written and is {tuple(found)} here: "
            f"send tuple(sys.{name}) if the difference is what matters"
        )
    return found


@recipe("unicodedata:UCD", policy=Policy.REFERENCE, meaning="unicodedata.ucd_3_2_0 over there")
def _reduce_table(table: Any, policy: Policy, crossing: Crossing) -> Reduced:
    import unicodedata

    return getattr, (unicodedata, "ucd_3_2_0")


# --- marks ------------------------------------------------------------------------------------------------------


@recipe(
    object,
    policy=Policy.REFERENCE,
    meaning="the mark that an importable module keeps under a name; a copy, if none does",
)
def _reduce_mark(mark: Any, policy: Policy, crossing: Crossing) -> Reduced:
    place = _marks().get(id(mark))
    if place is not None and getattr(sys.modules.get(place[0]), place[1], None) is mark:
        return getattr, (sys.modules[place[0]], place[1])
    return as_stock(mark)


_known: tuple[int, dict[int, tuple[str, str]]] = 0, {}


def _marks() -> dict[int, tuple[str, str]]:
    """Where importable modules keep plain objects; looked for again when modules have been imported."""
    from anypickle.reducers.modules import is_importable

    global _known
    counted, known = _known
    if counted != len(sys.modules):
        modules = sys.modules.copy()
        known = {}
        for name, module in modules.items():
            names = getattr(module, "__dict__", None)
            found = [
                (id(value), key)
                for key, value in (names.copy().items() if isinstance(names, dict) else ())
                if type(value) is object
            ]
            if found and is_importable(module, current()):
                for address, key in found:
                    known.setdefault(address, (name, key))
        _known = len(modules), known  # at once: another thread may look meanwhile
    return known
