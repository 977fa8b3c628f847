"""Fields that a class declares and a stream does not have: said by name when the instance arrives.

    PolicyWarning: shop.Model arrives without its field 'rate': it had none when it was pickled, by another version of
    shop perhaps. Let shop.Model.__setstate__ fill in what is missing, or load it with the version that wrote it

Asked by the loader, once for each class that declares fields. It counts what the `__init__` that `dataclass` or attrs
wrote would set, where neither the class has it nor the user's own code decides on what is kept: `__getstate__`,
`__setstate__` or `__getattr__`. Slots that no decorator declares may be empty on purpose.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

from anypickle.policy import PolicyWarning

__all__ = ["declared", "lacking", "unlike"]

_DECIDING = ("__getstate__", "__setstate__", "__reduce__", "__reduce_ex__")
_WRITERS = {"dataclasses", "attr._make"}
"""The modules of the decorators, whose methods are nobody's decision."""


def declared(cls: type) -> tuple[tuple[str, ...], int]:
    """What instances can't do without, and how many values the list has that is their whole state (else -1)."""
    if hasattr(cls, "__getattr__") or not all(
        _is_written(getattr(cls, name, None)) for name in _DECIDING
    ):
        return (), -1
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    if _has_init_of_dataclass(owner):
        fields: Any = sys.modules["dataclasses"].fields(owner)
    elif _has_init_of_attrs(owner):
        fields = vars(owner)["__attrs_attrs__"]
    else:
        return (), -1
    names = tuple(
        sys.intern(field.name) for field in fields if field.init and _is_unset(cls, field.name)
    )
    in_a_list = getattr(getattr(cls, "__setstate__", None), "__module__", None) == "dataclasses"
    return names, len(sys.modules["dataclasses"].fields(cls)) if in_a_list else -1


def lacking(obj: Any, names: tuple[str, ...]) -> None:
    """Warns of those of its fields that an instance has arrived without."""
    absent = [name for name in names if not _has(obj, name)]
    kind = type(obj)
    what = "field" if len(absent) == 1 else "fields"
    _warn(
        f"{_name(kind)} arrives without its {what} {', '.join(map(repr, absent))}: it had none when it was pickled, by "
        f"another version of {_package(kind)} perhaps. Let {_name(kind)}.__setstate__ fill in what is missing, or load "
        "it with the version that wrote it"
    )


def unlike(obj: Any, state: Any) -> None:
    """For a dataclass whose state is the list of its fields' values, and that gets another state.

    Raises:
        UnpicklingError: It is no list: its parts would go to fields that they do not belong to.
    """
    from anypickle._core import UnpicklingError

    kind = type(obj)
    names = [field.name for field in sys.modules["dataclasses"].fields(kind)]
    if not isinstance(state, list):
        had = state[1] if isinstance(state, tuple) and len(state) == 2 else state
        holds = f", which holds {', '.join(map(repr, had))}" if isinstance(had, dict) else ""
        raise UnpicklingError(
            f"{_name(kind)} takes its state as a list of its fields' values, as frozen dataclasses with slots do, and "
            f"the stream has a {type(state).__name__}{holds}: another version of {_package(kind)} wrote it. Load it "
            f"with that version, or give {_name(kind)} a __setstate__ that takes the old state"
        )
    if len(state) > len(names):
        _warn(
            f"the stream has {len(state)} values for the fields of {_name(kind)}, which has {len(names)} here "
            f"({', '.join(map(repr, names))}): the last ones are lost, and which is which only the version of "
            f"{_package(kind)} knows that wrote it"
        )


def _is_written(method: Any) -> bool:
    """Whether a method is object's, or that of a decorator, or is not there."""
    function = getattr(method, "__func__", method)
    scope = getattr(function, "__globals__", None)
    return scope is None or scope.get("__name__") in _WRITERS or "<attrs" in _file(function)


def _has_init_of_dataclass(owner: type) -> bool:
    return getattr(vars(owner).get("__dataclass_params__"), "init", False) is True


def _has_init_of_attrs(owner: type) -> bool:
    return "__attrs_attrs__" in vars(owner) and "<attrs" in _file(vars(owner)["__init__"])


def _file(function: Any) -> str:
    return getattr(getattr(function, "__code__", None), "co_filename", "")


def _is_unset(cls: type, name: str) -> bool:
    """Whether the class leaves it to its instances: nothing stands under the name, but for a slot."""
    found = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    return found is None or type(found).__name__ == "member_descriptor"


def _has(obj: Any, name: str) -> bool:
    try:
        object.__getattribute__(obj, name)
    except AttributeError:
        return False
    return True


def _warn(message: str) -> None:
    warnings.warn(message, PolicyWarning, stacklevel=3)


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _package(kind: type) -> str:
    return kind.__module__.partition(".")[0]
