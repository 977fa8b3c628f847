"""What belongs to the operating system: its environment, directories, randomness, mapped memory and libraries."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Channel, Policy, PolicyWarning, Scope
from anypickle.reducers._instances import as_stock
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

if TYPE_CHECKING:
    import random


@recipe(
    "posix:DirEntry",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="the entry of that name, looked up again when it is rebuilt",
)
def _reduce_entry(entry: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if not os.path.isabs(entry.path):  # noqa: PTH117
        refuse(
            entry,
            "its path is relative, and the other side may be in another directory",
            hint="pass os.path.abspath(entry.path), or scan an absolute path",
        )
    return _rebuild.reduced("system:entry", entry.path)


def entry(path: str | bytes) -> Any:
    """The entry of a directory at this path."""
    folder, name = os.path.split(path)
    with os.scandir(folder) as entries:
        for found in entries:
            if found.name == name:
                return found
    raise FileNotFoundError(2, "no such entry in the directory any more", path)


@recipe(
    "os:_Environ",
    policy={Channel.BYTES: Policy.REFERENCE, Channel.COPY: Policy.COPY},
    meaning="the environment of the process that it arrives in: what is set here, keys among it, stays here",
)
def _reduce_environment(environment: Any, policy: Policy, crossing: Crossing) -> Any:
    if policy is Policy.REFERENCE:
        for name in ("environ", "environb"):
            if environment is getattr(os, name):
                return name
    return as_stock(environment)


@recipe(
    "random:SystemRandom", policy=Policy.FRESH, subclasses=True, meaning="the system's randomness"
)
def _reduce_system_random(source: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = {name: value for name, value in vars(source).copy().items() if name != "gauss_next"}
    return _rebuild.reduced("system:system_random", type(source), state=state or None)


def system_random(cls: Any) -> random.SystemRandom:
    """A source that draws from the operating system."""
    made = cls.__new__(cls)
    made.gauss_next = None
    return made  # type: ignore[no-any-return]


@recipe(
    "mmap:mmap",
    policy={Channel.BYTES: Policy.REOPEN, Channel.COPY: Policy.COPY},
    offers=(Policy.COPY,),
    scope=Scope.MACHINE,
    meaning="the same part of the same file, mapped again; memory without a file, and what was changed privately, by "
    "its contents",
)
def _reduce_map(mapped: Any, policy: Policy, crossing: Crossing) -> Reduced:
    from anypickle.reducers._mapped_file import mapped_file

    size = len(mapped)
    if policy is Policy.REOPEN:
        found = mapped_file(mapped)
        if found is not None:
            return _rebuild.reduced("system:remapped", *found, size, mapped.tell())
        if crossing.channel in (Channel.SPAWN, Channel.TASK):
            crossing.warn(
                PolicyWarning,
                mapped,
                "it has no file that others could map, and arrives as a copy: to share memory, use "
                "anypickle.share(), multiprocessing.shared_memory, or map a file",
            )
    return _rebuild.reduced("system:mapped", mapped[:], mapped.tell())


def remapped(path: str, offset: int, writable: bool, size: int, position: int) -> Any:
    """A part of a file, mapped."""
    import mmap

    with Path(path).open("r+b" if writable else "rb") as file:
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        made = mmap.mmap(file.fileno(), size, access=access, offset=offset)
    made.seek(position)
    return made


def mapped(contents: bytes, position: int) -> Any:
    """Memory of its own with these contents."""
    import mmap

    made = mmap.mmap(-1, len(contents))
    made.write(contents)
    made.seek(position)
    return made


@recipe(
    "ctypes:CDLL",
    "ctypes:PyDLL",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="the library of that name, loaded again, with the argument and result types that were set",
)
def _reduce_library(library: Any, policy: Policy, crossing: Crossing) -> Reduced:
    import ctypes

    types = {
        name: (function.argtypes, function.restype)
        for name, function in vars(library).copy().items()
        if isinstance(function, library._FuncPtr)
        and (function.argtypes is not None or function.restype is not ctypes.c_int)
    }
    flags = library._FuncPtr._flags_
    return _rebuild.reduced("system:library", type(library), library._name, flags, types)


def library(cls: Any, name: str | None, flags: int, types: dict[str, tuple[Any, Any]]) -> Any:
    """A library, loaded into this process."""
    made = cls(
        name,
        use_errno=bool(flags & 0x8),  # FUNCFLAG_USE_ERRNO
        use_last_error=bool(flags & 0x10),  # FUNCFLAG_USE_LASTERROR
    )
    for function, (argtypes, restype) in types.items():
        getattr(made, function).argtypes = argtypes
        getattr(made, function).restype = restype
    return made
