"""Every way out of a process, opened by `install()` and closed by `uninstall()`.

A channel is a module here with a class `Road` (see `_road`): `apply()` projects the registry into one library's
tables, `revert()` puts everything back, byte for byte. `TABLE` says which library it waits for; no channel is
imported before its library is. A new engine is one new line and one new module.

Installing is idempotent: `install()` twice and `uninstall()` once leaves nothing behind. A `with installed():` block
keeps it installed for its time and ends in the state that it found.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType, ModuleType

from anypickle import recipe_files, registry, traffic
from anypickle.channels._road import Road
from anypickle.post_import import PostImport

__all__ = ["TABLE", "arm", "install", "installed", "is_installed", "uninstall"]

#: The library that is waited for, and the modules here that open roads for it.
TABLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "copyreg": ("copyreg",),
        "copy": ("deepcopy",),
        "pickle": ("pickle",),
        "shelve": ("shelve",),
        "threading": ("locks",),
        "multiprocessing.process": ("processes",),
        "multiprocessing.reduction": ("multiprocessing",),
        "multiprocessing.spawn": ("spawn",),
        "loky.backend.reduction": ("loky",),
        "joblib.externals.loky.backend.reduction": ("loky",),
        "multiprocessing.pool": ("pool_deaths", "remote_tracebacks"),
        "concurrent.futures.process": ("executor_deaths", "remote_tracebacks"),
        "loky.process_executor": ("loky_errors", "executor_deaths", "remote_tracebacks"),
        "joblib.externals.loky.process_executor": (
            "loky_errors",
            "executor_deaths",
            "remote_tracebacks",
        ),
        "joblib.pool": ("joblib",),
        "joblib.numpy_pickle": ("joblib_files",),
        "cloudpickle.cloudpickle": ("cloudpickle",),
        "joblib.externals.cloudpickle.cloudpickle": ("cloudpickle",),
        "ray.cloudpickle.cloudpickle": ("cloudpickle",),
        "pyspark.cloudpickle.cloudpickle": ("cloudpickle",),
        "apache_beam.internal.cloudpickle.cloudpickle": ("cloudpickle",),
        "dill._dill": ("dill",),
        "multiprocess.pool": ("pool_deaths",),
        "multiprocess.process": ("processes",),
        "multiprocess.spawn": ("spawn",),
    }
)


class _State:
    """Who wants anypickle installed, and the roads that are open."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.wanted = False
        self.blocks = 0
        self.decided = False
        self.roads: list[Road] = []
        self.waiting = PostImport(dict.fromkeys(TABLE, self.open))
        self.kinds = PostImport({})
        self.open_now = False
        self.late: list[ModuleType] = []

    def open(self, library: ModuleType) -> None:
        """Opens the roads for a library that is imported.

        A thread that imports has the lock of its import, for which one that installs may wait; so it does not wait for
        that one in turn, but leaves the library to it.
        """
        if self.lock.acquire(blocking=False):
            try:
                if self.open_now:
                    self.open_roads(library)
            finally:
                self.lock.release()
        else:
            self.late.append(library)
        self.catch_up()

    def open_roads(self, library: ModuleType) -> None:
        for name in TABLE[library.__name__]:
            road = importlib.import_module(f"anypickle.channels.{name}").Road(library)
            self.roads.append(road)
            road.apply()

    def catch_up(self) -> None:
        """Opens the roads for what other threads have left: whoever has just had the lock calls this."""
        while self.late and self.lock.acquire(blocking=False):
            try:
                if self.late:
                    self.waiting.notify(self.late.pop())
            finally:
                self.lock.release()

    def settle(self) -> None:
        """Opens or closes all roads, as it is wanted by now."""
        want = self.wanted or self.blocks > 0
        if want and not self.open_now:
            self.open_now = True
            self.waiting.start()
            self.kinds = PostImport(
                dict.fromkeys(
                    recipe_files.wanted_modules().difference(list(sys.modules)),
                    lambda module: registry.bind_module(module.__name__, imported=True),
                )
            )
            self.kinds.start()
            _activate_integrations()
            if traffic.VARIABLE in os.environ:
                traffic.start()
        elif not want and self.open_now:
            self.open_now = False
            traffic.stop()
            _deactivate_integrations()
            self.kinds.stop()
            self.waiting.stop()
            while self.roads:
                self.roads.pop().revert()


_state = _State()


def install() -> None:
    """Lets stock pickle, copy, multiprocessing, joblib and the others carry what anypickle carries, from now on."""
    with _state.lock:
        _state.decided = True
        _state.wanted = True
        _state.settle()
    _state.catch_up()


def uninstall() -> None:
    """Puts every table back as it was; within `installed()` blocks when the last of them ends."""
    with _state.lock:
        _state.decided = True
        _state.wanted = False
        _state.settle()
    _state.catch_up()


@contextmanager
def installed() -> Iterator[None]:
    """Installs for the time of a `with` block; blocks may nest, and overlap in other threads."""
    with _state.lock:
        _state.decided = True
        _state.blocks += 1
        _state.settle()
    _state.catch_up()
    try:
        yield
    finally:
        with _state.lock:
            _state.blocks -= 1
            _state.settle()
        _state.catch_up()


def is_installed() -> bool:
    """Whether anypickle is installed in this process now."""
    return _state.open_now


def arm() -> None:
    """Installs, unless the program in this process has decided for itself."""
    if _state.open_now or _state.decided:
        return
    with _state.lock:
        _state.wanted = True
        _state.settle()
    _state.catch_up()


def _activate_integrations() -> None:
    from anypickle import integrations

    integrations.activate()


def _deactivate_integrations() -> None:
    integrations = sys.modules["anypickle.integrations"]
    integrations.deactivate()


def _after_fork() -> None:
    """Another thread of the parent may have held the lock at the moment of the fork."""
    _state.lock = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)
