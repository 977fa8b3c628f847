"""What `anypickle doctor` looks at: each check yields what it found, and what to do where something is wrong.

    for check in examine():
        print(check.name, check.value, check.advice)

Called within a program it tells of that program: the start method it has set, what it has preloaded, who has registered
reducers by then. To add a check: a function here, a row in `_CHECKS`, and its test.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["Check", "examine"]

_PACKAGES = (
    "anypickle",
    "cloudpickle",
    "dill",
    "joblib",
    "loky",
    "dask",
    "ray",
    "scikit-learn",
    "keras",
    "torch",
)
_THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)
_SHM = "/dev/shm"
_LEAST_SHM = 64 << 20


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    value: str
    advice: str = ""
    """What to do; empty when all is well."""


def examine() -> Iterator[Check]:
    """Every check, in the order in which a person would ask."""
    for check in _CHECKS:
        yield from check()


def _versions() -> Iterator[Check]:
    yield Check("Python", f"{platform.python_version()} ({sys.executable})")
    for name in _PACKAGES:
        try:
            yield Check(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            continue


def _start_methods() -> Iterator[Check]:
    methods = multiprocessing.get_all_start_methods()
    chosen = multiprocessing.get_start_method(allow_none=True)
    told = chosen or f"{methods[0]} (the default)"
    yield Check("start method", f"{told}; there are {', '.join(methods)}")
    if "forkserver" in methods:
        yield _preloaded(used=(chosen or methods[0]) == "forkserver")


def _preloaded(*, used: bool) -> Check:
    from multiprocessing import forkserver

    server: Any = forkserver._forkserver
    modules = list(server._preload_modules)
    told = f"{', '.join(modules)}{'' if used else ' (the forkserver is not in use)'}"
    wants = used and "anypickle" not in modules
    return Check(
        "forkserver preload",
        told,
        f"each worker imports anypickle anew: multiprocessing.set_forkserver_preload({[*modules, 'anypickle']})"
        if wants
        else "",
    )


def _loky() -> Iterator[Check]:
    if not any(importlib.util.find_spec(name) for name in ("loky", "joblib")):
        return
    live = [
        module._loky_pickler_name
        for name in ("loky.backend.reduction", "joblib.externals.loky.backend.reduction")
        if (module := sys.modules.get(name)) is not None
    ]
    chosen = live[0] if live else os.environ.get("LOKY_PICKLER") or "cloudpickle"
    source = (
        "" if live else f" (LOKY_PICKLER is {'' if 'LOKY_PICKLER' in os.environ else 'not '}set)"
    )
    if chosen.startswith("anypickle."):
        yield Check("loky's pickler", f"{chosen}{source}")
    elif chosen in ("cloudpickle", "pickle"):
        yield Check("loky's pickler", f"{chosen}, and anypickle's once it is installed{source}")
    elif _is_missing(chosen):
        yield Check(
            "loky's pickler",
            f"{chosen}{source}",
            f"there is no module {chosen!r}, so importing joblib fails: unset LOKY_PICKLER, "
            "or set it to anypickle.channels.loky",
        )
    else:
        yield Check(
            "loky's pickler",
            f"{chosen}{source}",
            "anypickle leaves that choice alone: unset LOKY_PICKLER, or set it to anypickle.channels.loky",
        )


def _is_missing(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is None
    except (ImportError, ValueError):
        return True


def _shared_memory() -> Iterator[Check]:
    if sys.platform != "linux":
        return
    try:
        usage = shutil.disk_usage(_SHM)
    except OSError:
        yield Check(
            _SHM,
            "not there",
            "multiprocessing.Lock and Queue fail: mount a tmpfs there, or use anypickle.Lock and anypickle.Queue",
        )
        return
    told = f"{usage.free >> 20:,} MB free of {usage.total >> 20:,} MB"
    if not os.access(_SHM, os.W_OK):
        advice = "it can't be written to, so multiprocessing.Lock and Queue fail; anypickle's need none of it"
    elif usage.free < _LEAST_SHM:
        advice = (
            "multiprocessing's shared memory and joblib's arrays will not fit: mount it with more "
            "(docker run --shm-size=1g), or use anypickle.share(array), which needs none of it"
        )
    else:
        advice = ""
    yield Check(_SHM, told, advice)


def _descriptors() -> Iterator[Check]:
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = "" if soft >= 256 else f"ulimit -n {4096 if hard < 0 else min(hard, 4096)}"
    yield Check("open files", f"at most {'any number' if soft < 0 else soft}", most)


def _cores() -> Iterator[Check]:
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    cores = affinity or os.cpu_count() or 1
    quota = _quota()
    said = f"{cores}" + (f", of which the container may use {quota:g}" if quota else "")
    yield Check("cores", said)
    limits = {name: os.environ[name] for name in _THREAD_LIMITS if os.environ.get(name)}
    told = ", ".join(f"{name}={value}" for name, value in limits.items()) or "not limited"
    most = max(1, int(min(cores, quota or cores)))
    over = [
        name
        for name, value in limits.items()
        if value.split(",")[0].isdecimal() and int(value.split(",")[0]) > most
    ]
    yield Check(
        "threads of numeric libraries",
        told,
        f"each process would start more threads than there are cores: {over[0]}={most}"
        if over
        else "",
    )


def _quota() -> float | None:
    """The processors that the container may use at a time, where that is limited."""
    try:
        most, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()[:2]
        return None if most == "max" else int(most) / int(period)
    except (OSError, ValueError):
        return None


def _registrations() -> Iterator[Check]:
    """Of packages other than the standard library that have been imported by now."""
    import copyreg

    yield Check("other reducers in copyreg", _others(copyreg.dispatch_table))
    reduction: Any = sys.modules.get("multiprocessing.reduction")
    if reduction is not None:
        yield Check("and in multiprocessing", _others(reduction.ForkingPickler._extra_reducers))


def _others(table: dict[Any, Any]) -> str:
    modules = {str(getattr(reducer, "__module__", None) or "?") for reducer in table.values()}
    known = {*sys.stdlib_module_names, "anypickle"}
    return ", ".join(sorted(m for m in modules if m.partition(".")[0] not in known)) or "none"


_CHECKS: tuple[Callable[[], Iterator[Check]], ...] = (
    _versions,
    _start_methods,
    _loky,
    _shared_memory,
    _descriptors,
    _cores,
    _registrations,
)
