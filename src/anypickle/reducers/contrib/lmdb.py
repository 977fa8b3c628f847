"""LMDB environments: opened again by path. One process has one of them for a path, as LMDB asks for."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import lmdb

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, Scope
from anypickle.registry import Reduced, recipe

_MOST_DATABASES = 1024
"""LMDB does not tell how many named databases it was opened for."""
_open: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
"""The environments that have crossed from or to this process, by path."""


class LazyEnvironment:
    """Stands for an environment that is opened at its first use: `isinstance` says that it is one."""

    def __init__(self, path: str, settings: dict[str, Any]) -> None:
        self._anypickle_opens = (path, settings)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return lmdb.Environment

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._anypickle_made(), name)

    def __enter__(self) -> Any:
        return self._anypickle_made().__enter__()

    def _anypickle_made(self) -> Any:
        self._anypickle_kept = made = _opened(*self._anypickle_opens)
        return made

    def __exit__(self, *error: Any) -> Any:
        self.close()

    def close(self) -> None:
        """Closes it; one that was never used just ends."""
        known = _open.get(self._anypickle_opens[0])
        if known is not None and _is_open(known):
            known.close()


@recipe(
    lmdb.Environment,
    LazyEnvironment,
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="an environment over the same files, opened at its first use; in the same process, the same one",
)
def _reduce_environment(environment: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if type(environment) is LazyEnvironment:
        return _rebuild.reduced("contrib.lmdb:environment", *environment._anypickle_opens)
    path = str(Path(environment.path()).absolute())
    settings = dict(environment.flags())
    settings["map_size"] = environment.info()["map_size"]
    settings["max_readers"] = environment.info()["max_readers"]
    if not settings["readonly"]:
        environment.sync(True)
    _open[path] = environment
    return _rebuild.reduced("contrib.lmdb:environment", path, settings)


def environment(path: str, settings: dict[str, Any]) -> Any:
    """An environment over the files at this path."""
    known = _open.get(path)
    return known if known is not None and _is_open(known) else LazyEnvironment(path, settings)


def _opened(path: str, settings: dict[str, Any]) -> Any:
    known = _open.get(path)
    if known is not None and _is_open(known):
        return known
    made = lmdb.open(path, max_dbs=_MOST_DATABASES, create=False, **settings)
    _open[path] = made
    return made


def _is_open(environment: Any) -> bool:
    try:
        environment.info()
    except lmdb.Error:
        return False
    return True


@recipe(
    lmdb.Transaction,
    lmdb.Cursor,
    policy=Policy.REFUSE,
    meaning="it belongs to the process that began it: pass the environment, and begin one on the other side",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")


@recipe(
    "builtins:_Database",
    "lmdb.cffi:_Database",
    policy=Policy.REFUSE,
    meaning="it is a number in its environment: pass the environment and the name, and call open_db on the other side",
)
def _refused_database(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
