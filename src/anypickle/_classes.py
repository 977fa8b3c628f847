"""Classes that arrive by value: found if they are here already, else made without running code of theirs.

A class comes in two steps, since what it holds may refer to it: `arrive` gives the class with its bases, slots and
name; `_value.fill_class` gives it its attributes. `__init_subclass__`, `__set_name__` and the metaclass ran before the
class was written; what they did arrives with the attributes, so none of them runs again.

Threading: `arrive` holds `_identity.arriving`. Two threads that read one class get the same one.
"""

from __future__ import annotations

import hashlib
import marshal
import os.path
import sys
from abc import ABCMeta
from types import CodeType, FunctionType
from typing import Any

from anypickle import _core, _identity

__all__ = ["arrive", "at_home", "fingerprint"]


def arrive(
    token: bytes | None,
    home: bytes | None,
    metaclass: type,
    name: str,
    bases: tuple[type, ...],
    namespace: dict[str, Any],
) -> type:
    """The class of this token or fingerprint, or a new one that waits for its attributes."""
    with _identity.arriving:
        found = _identity.find(token)
        if found is None:
            found = None if home is None else at_home(namespace["__qualname__"], home)
            revision = _identity.COMPLETE
            if found is None:
                found = make(metaclass, name, bases, namespace)
                _identity.settle(found)
                revision = -1
            entry = _identity.adopt(token, found, revision)
            entry[_identity.FINGERPRINT] = home  # where it goes from here may have it, too
    made: type = found
    return made


def make(metaclass: type, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
    """A class of this metaclass; neither the metaclass's code nor `__init_subclass__` runs."""
    made: type
    native = next((type(base) for base in bases if is_static(type(base))), None)
    if native is not None and metaclass is type:
        made = native(name, bases, namespace)
    elif _is_watched(bases):
        made = type.__new__(_shield(metaclass), name, bases, namespace)
        _core.retype(made, metaclass)
        # Its bases are put in order anew, without the shield.
        type.__dict__["__bases__"].__set__(made, made.__bases__)
    else:
        made = type.__new__(metaclass, name, bases, namespace)
    if issubclass(metaclass, ABCMeta):
        _abc_init(made)
        del made.__abstractmethods__  # type: ignore[attr-defined]  # comes with the attributes, in its place
    return made


def is_static(metaclass: type) -> bool:
    """Whether it is a metaclass of C other than `type`, with a mind of its own: those of ctypes."""
    return metaclass is not type and not is_heap(metaclass)


def is_heap(cls: Any) -> bool:
    """Whether Python code made the class, or C code made it as such code would."""
    ours: bool = cls.__flags__ & (_HEAP_TYPE | _IMMUTABLE_TYPE) == _HEAP_TYPE
    return ours


def at_home(qualname: str, wanted: bytes) -> type | None:
    """The class of that name in `__main__`, if its source is that of the one that was written."""
    found: Any = sys.modules.get("__main__")
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) and fingerprint(found) == wanted else None


def fingerprint(cls: type) -> bytes:
    """What the source of a class comes down to: its file, its name, its bases and the code of its methods."""
    main = sys.modules.get(cls.__module__)
    digest = hashlib.blake2b(digest_size=16)
    digest.update(os.path.normpath(getattr(main, "__file__", None) or "").encode())
    digest.update(repr((cls.__qualname__, [base.__qualname__ for base in cls.__bases__])).encode())
    digest.update(repr(cls.__dict__.get("__firstlineno__")).encode())
    for name, value in sorted(cls.__dict__.items()):
        for method in _functions_of(value):
            digest.update(name.encode())
            digest.update(marshal.dumps(_without_file(method.__code__), 2))
    return digest.digest()


def _functions_of(value: Any) -> list[FunctionType]:
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    parts = (value.fget, value.fset, value.fdel) if isinstance(value, property) else (value,)
    return [part for part in parts if isinstance(part, FunctionType)]


def _without_file(code: CodeType) -> CodeType:
    constants = tuple(
        _without_file(constant) if isinstance(constant, CodeType) else constant
        for constant in code.co_consts
    )
    return code.replace(co_filename="", co_consts=constants)


def _is_watched(bases: tuple[type, ...]) -> bool:
    """Whether making a subclass of these runs an `__init_subclass__`."""
    return any("__init_subclass__" in vars(c) for base in bases for c in base.__mro__[:-1])


class _Quiet:
    """Stands before the bases of a class while that is made, and hears what they would hear."""

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        pass


def _shield(metaclass: type) -> type:
    """A metaclass like `metaclass` whose classes have `_Quiet` for their next of kin."""

    def mro(cls: Any) -> list[type]:
        own, *others = metaclass.mro(cls)  # type: ignore[call-arg]
        return [own, _Quiet, *others]

    return type.__new__(
        type(metaclass), metaclass.__name__, (metaclass,), {"mro": mro, "__slots__": ()}
    )


def _abc_init(cls: type) -> None:
    from _abc import _abc_init as init  # type: ignore[import-not-found]

    init(cls)


_HEAP_TYPE = 1 << 9
_IMMUTABLE_TYPE = 1 << 8
