"""`anypickle doctor`: what in this environment decides how objects cross."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata

__all__ = ["Check", "Doctor", "examine"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    value: str
    advice: str = ""
    """What to do; empty when all is well."""


class Doctor:
    """Look at the environment: versions, start methods, picklers in use, shared memory, thread limits."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Adds the options."""
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, args: argparse.Namespace) -> int:
        """Prints what was found; 1 when there is advice to give."""
        checks = list(examine())
        if args.json:
            print(json.dumps([asdict(check) for check in checks], indent=2))
        else:
            width = max(len(check.name) for check in checks)
            for check in checks:
                print(f"{'!' if check.advice else ' '} {check.name:{width}}  {check.value}")
                if check.advice:
                    print(f"  {'':{width}}  -> {check.advice}")
        return 1 if any(check.advice for check in checks) else 0


def examine() -> Iterator[Check]:
    """Every check, in the order in which a person would ask."""
    for check in _CHECKS:
        yield from check()


def _versions() -> Iterator[Check]:
    yield Check("Python", f"{platform.python_version()} ({sys.executable})")
    for name in (
        "anypickle",
        "cloudpickle",
        "dill",
        "joblib",
        "loky",
        "scikit-learn",
        "keras",
        "torch",
    ):
        try:
            yield Check(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            continue


def _start_methods() -> Iterator[Check]:
    methods = multiprocessing.get_all_start_methods()
    chosen = multiprocessing.get_start_method(allow_none=True)
    yield Check(
        "start method", f"{chosen or methods[0] + ' (the default)'}; there are {', '.join(methods)}"
    )


def _loky() -> Iterator[Check]:
    chosen = os.environ.get("LOKY_PICKLER")
    if chosen is None:
        yield Check(
            "loky's pickler", "cloudpickle, unless anypickle is installed (LOKY_PICKLER is not set)"
        )
    else:
        foreign = "" if chosen.startswith("anypickle.") else "LOKY_PICKLER=anypickle.channels.loky"
        yield Check("loky's pickler", chosen, foreign)


def _shared_memory() -> Iterator[Check]:
    try:
        usage = shutil.disk_usage("/dev/shm")
    except OSError:
        yield Check(
            "/dev/shm", "not there: multiprocessing.Lock and Queue fail; anypickle's need none"
        )
        return
    free = usage.free >> 20
    yield Check(
        "/dev/shm",
        f"{free:,} MB free of {usage.total >> 20:,} MB",
        "multiprocessing's segments will not fit (anypickle.share uses no /dev/shm)"
        if free < 64
        else "",
    )


def _descriptors() -> Iterator[Check]:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield Check(
        "open files", f"at most {soft}", f"ulimit -n {min(hard, 4096)}" if soft < 256 else ""
    )


def _threads() -> Iterator[Check]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limits = {name: os.environ[name] for name in _THREAD_LIMITS if name in os.environ}
    told = ", ".join(f"{name}={value}" for name, value in limits.items()) or "not limited"
    yield Check("cores", f"{cores}; threads of numeric libraries: {told}")


def _registrations() -> Iterator[Check]:
    import copyreg

    foreign = sorted(
        {
            str(getattr(reducer, "__module__", "?"))
            for reducer in copyreg.dispatch_table.values()
            if not str(getattr(reducer, "__module__", "")).startswith(("anypickle", "copyreg"))
        }
    )
    yield Check("other reducers in copyreg", ", ".join(foreign) or "none")


_THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)
_CHECKS: tuple[Callable[[], Iterator[Check]], ...] = (
    _versions,
    _start_methods,
    _loky,
    _shared_memory,
    _descriptors,
    _threads,
    _registrations,
)
