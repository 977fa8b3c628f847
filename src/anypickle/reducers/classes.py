"""Classes by value: what they are made of, and then their attributes; `anypickle._classes` makes them again.

A class keeps one token for life, by which it is one class wherever it arrives more than once, and the original at home.
Ordinary classes are written by `_core` (src/ext/codec/value/classes.cpp), which comes here for the others.
"""

from __future__ import annotations

import gc
import sys
import types
from abc import ABCMeta
from operator import mul
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from anypickle import _classes, _core, _identity, _value
from anypickle.crossing import Crossing
from anypickle.policy import Channel
from anypickle.reducers.by_value import MAINS, found_by_name

__all__ = ["identity_of", "owner_of", "parts_of", "reduce", "revision_for"]


def reduce(cls: type, crossing: Crossing) -> tuple[Any, ...] | None:
    """The reduce value of a class that is not found by name; None for one of the interpreter's own."""
    if cls.__module__ == "builtins" or _is_native(cls):
        return _of_the_interpreter(cls)
    if "_ctypes" in sys.modules and (derived := derived_from(cls)) is not None:
        return derived
    enumeration = sys.modules.get("enum")
    if enumeration is not None and isinstance(cls, enumeration.EnumType):
        from anypickle.reducers import enums

        return enums.reduce(cls, crossing)
    made_of, attributes = parts_of(cls, crossing)
    state: tuple[Any, ...] = (revision_for(cls, crossing), None, attributes)
    if isinstance(cls, ABCMeta) and (registered := registered_with(cls)):
        state += (registered,)
    return _value.new_class, made_of, state, None, None, _value.fill_class


def derived_from(cls: Any) -> tuple[Any, ...] | None:
    """How ctypes makes an array, pointer or function type of others: it keeps one of each, wherever it is asked."""
    import ctypes

    if cls.__bases__ == (ctypes._CFuncPtr,):  # type: ignore[attr-defined]
        made_of = getattr(cls, "_restype_", None), *(getattr(cls, "_argtypes_", None) or ())
        return (ctypes.CFUNCTYPE, made_of) if ctypes.CFUNCTYPE(*made_of) is cls else None
    kinds = (ctypes.Array, ctypes._Pointer)
    if cls.__bases__ not in [(kind,) for kind in kinds] or not hasattr(cls, "_type_"):
        return None
    if cls.__bases__ == (ctypes.Array,):
        same = cls._type_ * cls._length_ is cls
        return (mul, (cls._type_, cls._length_)) if same else None
    return (ctypes.POINTER, (cls._type_,)) if ctypes.POINTER(cls._type_) is cls else None


def _is_native(cls: Any) -> bool:
    """Whether C code made the class: there is no source of it to send."""
    return not _classes.is_heap(cls) or any(
        isinstance(value, _NATIVE) and value.__objclass__ is cls
        for value in vars(cls).copy().values()
    )


_NATIVE = (types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType)


def identity_of(cls: type, crossing: Crossing) -> tuple[bytes | None, bytes | None]:
    """The token of the class, and its fingerprint if `__main__` has it under its name."""
    if crossing.channel is Channel.HASH:
        return None, None
    entry = _identity.entry_of(cls)
    revision_of(cls)
    return entry[_identity.TOKEN], fingerprint_of(cls, entry)


def fingerprint_of(cls: type, entry: _identity.Entry) -> bytes | None:
    """The fingerprint of a class that a `__main__`, this or another, has under its name; kept until it changes."""
    known: bytes | None = entry[_identity.FINGERPRINT]
    if cls.__module__ not in MAINS or known is not None:
        return known
    if not found_by_name(cls, cls.__module__):
        return None
    entry[_identity.FINGERPRINT] = found = _classes.fingerprint(cls)
    return found


def revision_of(cls: type) -> int:
    """How often the class was changed since it left this process first, as far as can be seen."""
    entry = _identity.entry_of(cls)
    version = _core.type_version(cls)
    if entry[_identity.VERSION] != version or version == 0:
        if entry[_identity.VERSION] is not None:
            entry[_identity.CHANGES] += 1
            entry[_identity.FINGERPRINT] = None
        entry[_identity.VERSION] = version
    changes: int = entry[_identity.CHANGES]
    return changes


def revision_for(cls: type, crossing: Crossing) -> int:
    """The revision that is written with the class: a hash is of what it has, however it came by it."""
    return 0 if crossing.channel is Channel.HASH else revision_of(cls)


def parts_of(cls: type, crossing: Crossing) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What `_value.new_class` needs, and the attributes that follow."""
    metaclass = type(cls)
    namespace: dict[str, Any] = {"__module__": cls.__module__, "__qualname__": cls.__qualname__}
    attributes = attributes_of(cls)
    if isinstance(attributes.get("__doc__"), str):
        namespace["__doc__"] = attributes.pop("__doc__")
    if _classes.is_static(metaclass):
        # ctypes: the bases say which metaclass it is, and that makes descriptors of the fields.
        metaclass = type
        lasting = _LAYOUT[1:] if _refers_to_itself(cls) else _LAYOUT
        namespace |= {name: attributes.pop(name) for name in lasting if name in attributes}
        fields = [name for name, v in attributes.items() if _is_field(v)]
        for name in fields:
            del attributes[name]
    set_otherwise = _set_otherwise(metaclass)
    for name in [name for name in attributes if name in set_otherwise]:
        namespace[name] = attributes.pop(name)
    if "__slots__" in vars(cls):
        namespace["__slots__"] = attributes.pop("__slots__")
    bases = () if cls.__bases__ == (object,) else cls.__bases__
    kind = None if metaclass is type else metaclass
    return (*identity_of(cls, crossing), kind, cls.__name__, bases, namespace), attributes


def _refers_to_itself(cls: Any) -> bool:
    """Whether a structure has fields that point to its own kind: those are set when it is there."""
    kinds = [field[1] for field in vars(cls).get("_fields_", ())]
    for kind in kinds:
        if kind is cls:
            return True
        target = getattr(kind, "_type_", None)
        if isinstance(target, type) and target not in kinds:
            kinds.append(target)
    return False


def attributes_of(cls: type) -> dict[str, Any]:
    """The attributes of the class itself that a new class would not have."""
    found = {}
    for name, value in vars(cls).copy().items():
        if name in _LEFT_OUT:
            continue
        if name == "__annotations_cache__" and not _changed_annotations(cls, value):
            continue
        slot = type(value) in _SLOTS
        if slot and (value.__objclass__ is cls or name in _OF_ALL_INSTANCES):
            continue
        found[name] = value
    if "__slots__" in found and not isinstance(found["__slots__"], (str, tuple, list, dict)):
        found["__slots__"] = tuple(_slots(cls))
    if found.get("__doc__", _MISSING) is None:
        del found["__doc__"]
    return found


def _is_field(value: Any) -> bool:
    return type(value).__name__ == "CField" and type(value).__module__ in ("_ctypes", "ctypes")


def _slots(cls: type) -> list[str]:
    """The names of the slots of a class that declared them with something that is used up by now."""
    own = vars(cls)
    names = [name for name, value in own.copy().items() if isinstance(value, MemberDescriptorType)]
    return names + [name for name in ("__dict__", "__weakref__") if name in own]


def _set_otherwise(metaclass: type) -> frozenset[str]:
    """The attributes of a class that can't be set when it is there: setting them would set something else."""
    version = _core.type_version(metaclass)
    known = _data_names.get(metaclass)
    if known is not None and known[0] == version and version:
        return known[1]
    found = frozenset(
        name
        for base in metaclass.__mro__
        for name, value in vars(base).copy().items()
        if hasattr(type(value), "__set__") and name not in _SET_AS_USUAL
    )
    _data_names[metaclass] = version, found
    return found


_data_names: WeakKeyDictionary[type, tuple[int, frozenset[str]]] = WeakKeyDictionary()


_owners: WeakValueDictionary[int, type] = WeakValueDictionary()


def owner_of(namespace: dict[str, Any]) -> type | None:
    """The class whose own dict this is, or None.

    Only the garbage collector knows for certain; mostly a descriptor in it, or one found before, says the same.
    """
    known = _owners.get(id(namespace))
    slots = [
        v
        for v in namespace.copy().values()
        if isinstance(v, GetSetDescriptorType | MemberDescriptorType)
    ]
    for cls in (known, *(slot.__objclass__ for slot in slots)):
        if cls is not None and gc.get_referents(vars(cls))[0] is namespace:
            return cls
    for cls in gc.get_referrers(namespace):
        if isinstance(cls, type) and gc.get_referents(vars(cls))[0] is namespace:
            _owners[id(namespace)] = cls
            return cls
    return None


def registered_with(cls: type) -> tuple[type, ...]:
    """The virtual subclasses of an abstract base class."""
    from _abc import _get_dump  # type: ignore[import-not-found]

    found = [kind for reference in _get_dump(cls)[0] if (kind := reference()) is not None]
    return tuple(sorted(found, key=lambda kind: (kind.__module__, kind.__qualname__)))


def _of_the_interpreter(cls: type) -> tuple[Any, ...] | None:
    """Types such as that of functions, whose own name leads nowhere: they have another in the module `types`."""
    name = _types_names.get(cls)
    if name is None or getattr(types, name, None) is not cls:
        _types_names.update(
            {
                value: name
                for name, value in reversed(vars(types).copy().items())
                if isinstance(value, type)
            }
        )
        name = _types_names.get(cls)
    return None if name is None else (getattr, (types, name))


def _changed_annotations(cls: type, kept: Any) -> bool:
    own = vars(cls)
    return _core.annotations_differ(own.get("__annotate_func__", own.get("__annotate__")), kept)


_SLOTS = frozenset({GetSetDescriptorType, MemberDescriptorType})
_MISSING = object()
_types_names: dict[type, str] = {}
_LEFT_OUT = frozenset({"__module__", "__qualname__", "_abc_impl", "__slotnames__"})
_OF_ALL_INSTANCES = frozenset({"__dict__", "__weakref__"})
"""As of Python 3.15 all classes have the same two descriptors."""
_LAYOUT = (
    *("_fields_", "_pack_", "_align_", "_layout_", "_anonymous_", "_type_", "_length_"),
    *("_flags_", "_restype_", "_argtypes_"),
)
# The type has data descriptors of these names that store in the class what is set.
_SET_AS_USUAL = frozenset(
    {
        "__abstractmethods__",
        "__annotate__",
        "__annotations__",
        "__doc__",
        "__module__",
        "__type_params__",
    }
)
