"""NumPy: files of arrays are opened again; functions made of Python functions cross with those.

Arrays and all that NumPy itself pickles stay as they are. A memory-mapped array is opened again over its file where
that is surely there (`anypickle.dumps`, a process that is started); the roads on which NumPy's own way was always open
keep it, and carry the contents.
"""

from __future__ import annotations

import gc
from mmap import ALLOCATIONGRANULARITY
from pathlib import Path
from typing import Any

import numpy

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Channel, Policy, Scope
from anypickle.reducers._instances import as_stock
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe


@recipe(
    "numpy.lib.npyio:NpzFile",
    "numpy.lib._npyio_impl:NpzFile",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="an archive over the same file, opened again",
)
def _reduce_archive(archive: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if archive.zip is None:
        refuse(archive, "it is closed", hint="pass its path, and load it on the other side")
    return _rebuild.reduced(
        "contrib.numpy:archive", archive.zip.fp, archive.allow_pickle, archive.pickle_kwargs
    )


def archive(file: Any, allow_pickle: bool, options: dict[str, Any]) -> Any:
    """An archive over a file."""
    from numpy.lib import npyio

    return npyio.NpzFile(file, own_fid=True, allow_pickle=allow_pickle, pickle_kwargs=options)


@recipe(
    numpy.memmap,
    policy={
        Channel.BYTES: Policy.REOPEN,
        Channel.SPAWN: Policy.REOPEN,
        Channel.COPY: Policy.COPY,
        Channel.TASK: Policy.COPY,
        Channel.HASH: Policy.COPY,
        Channel.FILE: Policy.COPY,
    },
    offers=(Policy.REOPEN, Policy.COPY),
    scope=Scope.MACHINE,
    meaning="the same part of the same file, for writing only if it was; its contents where NumPy's way was open",
)
def _reduce_memmap(array: Any, policy: Policy, crossing: Crossing) -> Any:
    """NotImplemented stands for NumPy's own way."""
    of_pickle = crossing.shares_main and crossing.channel is Channel.BYTES
    if policy is Policy.COPY or of_pickle or not _is_its_file(array):
        return NotImplemented
    if array.mode != "r":
        array.flush()
    mode = "r+" if array.mode == "w+" else array.mode
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    path = str(Path(array.filename).absolute())
    args = (path, array.dtype, mode, array.offset, array.shape, order)
    return _rebuild.reduced("contrib.numpy:memmap", *args)


def _is_its_file(array: Any) -> bool:
    """Whether it is a whole map of a file that is still there: no view, and no private changes."""
    if array.filename is None or array.mode == "c" or array._mmap is None:
        return False
    if not (array.flags.c_contiguous or array.flags.f_contiguous) or array.dtype.hasobject:
        return False
    begins = array.__array_interface__["data"][0]
    whole = numpy.frombuffer(array._mmap, dtype=numpy.uint8)
    if begins - whole.__array_interface__["data"][0] != array.offset % ALLOCATIONGRANULARITY:
        return False
    try:
        size = Path(array.filename).stat().st_size
        return bool(size >= array.offset + array.nbytes)
    except OSError:
        return False


def memmap(path: str, dtype: Any, mode: Any, offset: int, shape: Any, order: Any) -> Any:
    """A part of a file as an array; pages are read when they are looked at."""
    return numpy.memmap(path, dtype, mode, offset, shape, order)


@recipe(
    numpy.ufunc,
    policy=Policy.COPY,
    meaning="by its name; one that numpy.frompyfunc made, with the Python function in it",
)
def _reduce_ufunc(function: numpy.ufunc, policy: Policy, crossing: Crossing) -> Reduced:
    for part in gc.get_referents(function):
        if callable(part) and function.__name__.endswith(" (vectorized)"):
            args = (part, function.nin, function.nout, function.identity)
            return _rebuild.reduced("contrib.numpy:ufunc", *args)
    return refuse(
        function,
        "it is made in C and has no name to be found under",
        hint="import it on the other side",
    )


def ufunc(function: Any, takes: int, gives: int, identity: Any) -> Any:
    """A function of arrays, of a function of their elements."""
    return numpy.frompyfunc(function, takes, gives, identity=identity)


@recipe(
    numpy.flatiter,
    policy=Policy.COPY,
    meaning="an iterator over the copy of its array, at the same place",
)
def _reduce_flat(flat: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.numpy:flat", flat.base, flat.index)


def flat(array: Any, index: int) -> Any:
    """An iterator over the elements of an array that has gone so far."""
    made = array.flat
    for _ in range(index):
        next(made)
    return made


@recipe(
    numpy.broadcast,
    policy=Policy.COPY,
    meaning="the same arrays broadcast against each other, at the same place",
)
def _reduce_broadcast(made: numpy.broadcast, policy: Policy, crossing: Crossing) -> Reduced:
    arrays = [iterator.base for iterator in made.iters]
    return _rebuild.reduced("contrib.numpy:broadcast", arrays, made.shape, made.index)


def broadcast(arrays: Any, shape: tuple[int, ...], index: int) -> Any:
    """Arrays broadcast against each other."""
    made = numpy.broadcast(*arrays)
    assert made.shape == shape
    for _ in range(index):
        next(made)
    return made


@recipe(
    numpy.finfo,
    policy=Policy.COPY,
    meaning="the same limits of the same type",
)
def _reduce_finfo(limits: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.numpy:finfo", limits.dtype)


def finfo(dtype: Any) -> Any:
    """The limits of a type of floating-point numbers."""
    return numpy.finfo(dtype)


@recipe(
    numpy.errstate,
    policy=Policy.COPY,
    meaning="the same settings for the errors of arithmetic, not entered",
)
def _reduce_errstate(state: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if hasattr(state, "kwargs"):  # before NumPy 2
        return as_stock(state)
    named = ("all", "over", "under", "divide", "invalid", "call")
    held = {name: getattr(state, f"_{name}", None) for name in named}
    settings = {name: value for name, value in held.items() if _is_setting(name, value)}
    return _rebuild.reduced("contrib.numpy:errstate", settings)


def _is_setting(name: str, value: Any) -> bool:
    if name == "call":
        return callable(value) or hasattr(value, "write")
    return isinstance(value, str)


def errstate(settings: dict[str, Any]) -> Any:
    """Settings for the errors of arithmetic."""
    return numpy.errstate(**settings)
