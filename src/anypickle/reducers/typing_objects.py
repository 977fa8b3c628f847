"""Type variables, aliases and new types that can't be found by name: each is one thing wherever it arrives."""

from __future__ import annotations

import sys
import typing
from typing import Any

from anypickle import _identity, _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Channel, Policy
from anypickle.reducers.by_value import MAINS, goes_by_value
from anypickle.registry import recipe

__all__ = ["alias", "forward_reference", "lazy_alias", "new_type", "set_value", "type_variable"]


def _is_found(obj: Any, crossing: Crossing) -> bool:
    """Whether the other side finds it under its name."""
    module = getattr(obj, "__module__", None)
    if not isinstance(module, str) or goes_by_value(module):
        return False
    if module in MAINS and not (crossing.shares_main or crossing.channel is Channel.SPAWN):
        return False
    return getattr(sys.modules.get(module), obj.__name__, None) is obj


def _token(obj: Any, crossing: Crossing) -> bytes | None:
    return None if crossing.channel is Channel.HASH else _identity.token_of(obj)


@recipe(
    "typing:TypeVar",
    "typing:ParamSpec",
    "typing:TypeVarTuple",
    policy=Policy.COPY,
    meaning="by name where it has one that leads to it, else an equal one, the same for every crossing",
)
def reduce_type_variable(
    variable: Any, policy: Policy, crossing: Crossing
) -> str | tuple[Any, ...]:
    if _is_found(variable, crossing):
        name: str = variable.__name__
        return name
    options = {}
    for option in ("bound", "covariant", "contravariant", "infer_variance"):
        value = getattr(variable, f"__{option}__", None)
        if value:
            options[option] = value
    has_default = getattr(variable, "has_default", None)
    if has_default is not None and has_default():
        options["default"] = variable.__default__
    return _rebuild.reduced(
        "typing_objects:type_variable",
        _token(variable, crossing),
        type(variable).__name__,
        variable.__name__,
        variable.__module__,
        getattr(variable, "__constraints__", ()),
        options,
    )


def type_variable(
    token: bytes | None,
    kind: str,
    name: str,
    module: str | None,
    constraints: tuple[Any, ...],
    options: dict[str, Any],
) -> Any:
    """The type variable of this token, or a new one."""
    with _identity.arriving:
        found = _identity.find(token)
        if found is None:
            found = getattr(typing, kind)(name, *constraints, **options)
            found.__module__ = module
            _identity.adopt(token, found)
        return found


@recipe("typing:NewType", policy=Policy.COPY, meaning="by name, else an equal one")
def reduce_new_type(made: Any, policy: Policy, crossing: Crossing) -> str | tuple[Any, ...]:
    if _is_found(made, crossing):
        qualname: str = made.__qualname__
        return qualname
    token = _token(made, crossing)
    args = (made.__name__, made.__qualname__, made.__module__, made.__supertype__)
    return _rebuild.reduced("typing_objects:new_type", token, *args)


def new_type(token: bytes | None, name: str, qualname: str, module: str, supertype: Any) -> Any:
    """The new type of this token, or a new one."""
    with _identity.arriving:
        made: Any = _identity.find(token)
        if made is None:
            make: Any = typing.NewType
            made = make(name, supertype)
            made.__qualname__, made.__module__ = qualname, module
            _identity.adopt(token, made)
        return made


@recipe("typing:TypeAliasType", policy=Policy.COPY, meaning="by name, else an equal one")
def reduce_alias(made: Any, policy: Policy, crossing: Crossing) -> str | tuple[Any, ...]:
    if _is_found(made, crossing):
        name: str = made.__name__
        return name
    token, module = _token(made, crossing), made.__module__
    if made.__type_params__:
        args = (made.__name__, module, made.__value__, made.__type_params__)
        return _rebuild.reduced("typing_objects:alias", token, *args)
    # Its value may mention the alias itself, so it follows.
    reduced = _rebuild.reduced("typing_objects:lazy_alias", token, made.__name__, module)
    return (*reduced, (made.__value__,), None, None, set_value)


def alias(
    token: bytes | None, name: str, module: str, value: Any, parameters: tuple[Any, ...]
) -> Any:
    """A generic type alias."""
    with _identity.arriving:
        found = _identity.find(token)
        if found is None:
            found = typing.TypeAliasType(name, value, type_params=parameters)  # type: ignore[attr-defined]
            _identity.adopt(token, found)
        return found


def lazy_alias(token: bytes | None, name: str, module: str) -> Any:
    """A type alias that asks for its value when it is first used."""
    with _identity.arriving:
        found = _identity.find(token)
        if found is None:
            space: dict[str, Any] = {"__name__": module, "box": []}
            exec(f"type {name} = box[0]", space)
            found = space[name]
            _identity.adopt(token, found)
            _boxes[id(found)] = space["box"]
        return found


def set_value(made: Any, value: tuple[Any]) -> None:
    """Gives a `lazy_alias` what it stands for."""
    box = _boxes.pop(id(made), None)
    if box is not None:
        box[:] = value
        made.__value__  # noqa: B018 - evaluated now, and kept


_boxes: dict[int, list[Any]] = {}


@recipe("typing:ForwardRef", policy=Policy.COPY, meaning="the same reference, not resolved yet")
def reduce_forward_reference(reference: Any, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    options = {}
    for option in ("is_argument", "is_class", "module"):
        value = getattr(reference, f"__forward_{option}__", None)
        if value is not None:
            options[option] = value
    return _rebuild.reduced("typing_objects:forward_reference", reference.__forward_arg__, options)


def forward_reference(text: str, options: dict[str, Any]) -> typing.ForwardRef:
    """A forward reference that was written."""
    return typing.ForwardRef(text, **options)
