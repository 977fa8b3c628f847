"""Where recipes are written, and reading them when they are wanted: each once, and none before.

    read_for(Session)        # reducers/contrib/requests.py, when requests.Session is first met

Those of the standard library are in `anypickle.reducers` (`HOMES` says for which modules), those of other libraries in
`anypickle.reducers.contrib`, in a file that is called as the library is, and other packages name theirs under the entry
point `anypickle.reducers`. Reading a file declares what is in it (`registry.recipe`).

Threading: files are read under the locks of the import system alone. A thread that imports one of them has its lock and
then takes `lock`, to declare what is in it; so nothing is imported by a thread that has `lock`.
"""

from __future__ import annotations

import builtins
import importlib
import os
import sys
import threading
from functools import lru_cache

from anypickle.policy import PolicyWarning
from anypickle.reducers import HOMES

__all__ = ["lock", "read_all", "read_for", "read_module", "wanted_modules"]

_GROUP = "anypickle.reducers"
lock = threading.RLock()
"""Held while the tables of the registry change."""
_read: set[str] = set()
"""Top-level modules whose recipes were read."""


def read_for(cls: type) -> None:
    """Reads the recipes for the modules and libraries that a class and its bases come from."""
    for base in cls.__mro__[:-1] or cls.__mro__:
        module = base.__module__ if isinstance(base.__module__, str) else ""
        if module.partition(".")[0] not in _read:
            read_module(module.partition(".")[0])
        if module == "builtins" and not hasattr(builtins, base.__name__):
            _read_homeless()


def _read_homeless() -> None:
    """Reads what there is for the libraries that are imported: some written in C call `builtins` their module."""
    for name in _files("anypickle.reducers.contrib").intersection(list(sys.modules)) - _read:
        read_module(name)


def read_all() -> None:
    """Reads every file of ours but those for other libraries."""
    for name in _files("anypickle.reducers"):
        importlib.import_module(f"anypickle.reducers.{name}")


def read_module(name: str, *, imported: bool = False) -> None:
    """Reads what there is for the types of a top-level module: our files, `contrib/<name>.py`, entry points; once.

    A library that is being imported at this moment may not have yet what its recipes need of it. They are read at
    the end of that import, where anypickle is installed, or when they are asked for the next time.
    """
    if name in _read:
        return
    for file in HOMES.get(name, ()):
        importlib.import_module(f"anypickle.reducers.{file}")
    if name not in sys.stdlib_module_names and name not in ("", "__main__", "anypickle"):
        if name in _files("anypickle.reducers.contrib"):
            if not imported and _is_half_imported(name):
                return
            _read_contrib(name)
        _read_entry_points()
    _read.add(name)


def _is_half_imported(name: str) -> bool:
    from anypickle.post_import import is_loading

    module = sys.modules.get(name)
    return module is not None and is_loading(module)


def _read_contrib(name: str) -> None:
    """Reads the recipes for a library; one that is another than they were written for does without them.

    A namespace package of which another part is installed (`google`) needs none, and nothing is said of it.
    """
    try:
        importlib.import_module(f"anypickle.reducers.contrib.{name}")
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith(f"{name}."):
            return
        import warnings

        warnings.warn(
            f"anypickle's recipes for {name} can't be read, and its objects cross without them: "
            f"{type(error).__name__}: {error}",
            PolicyWarning,
            stacklevel=2,
        )


@lru_cache(maxsize=2)
def _files(package: str) -> frozenset[str]:
    """The names of the modules in a package of reducers; for `contrib` those of the libraries."""
    names: set[str] = set()
    for path in importlib.import_module(package).__path__:
        names.update(name.removesuffix(".py") for name in os.listdir(path) if name.endswith(".py"))
    return frozenset(name for name in names if not name.startswith("_"))


def _read_entry_points() -> None:
    """Loads what other packages have under `anypickle.reducers`, once; one that fails is named and left out."""
    if _GROUP in _read:
        return
    _read.add(_GROUP)
    if not _somebody_has_entry_points():
        return
    from importlib import metadata

    for point in metadata.entry_points(group=_GROUP):
        try:
            loaded = point.load()
            if callable(loaded):
                loaded()
        except Exception as error:
            import warnings

            warnings.warn(
                f"the reducers of {point.value!r} can't be read: {type(error).__name__}: {error}",
                PolicyWarning,
                stacklevel=2,
            )


def _somebody_has_entry_points() -> bool:
    """A look at the metadata on the path that is ten times quicker than `importlib.metadata`."""
    from contextlib import suppress
    from pathlib import Path

    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                with suppress(OSError):
                    if _GROUP.encode() in Path(folder, name, "entry_points.txt").read_bytes():
                        return True
    return False


def wanted_modules() -> set[str]:
    """The top-level modules whose types have recipes: `bind_module` is to be called when one is imported."""
    return {*HOMES, *_files("anypickle.reducers.contrib")}
