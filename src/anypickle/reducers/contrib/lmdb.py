"""LMDB environments: opened again by path. One process has one of them for a path, as LMDB asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lmdb

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, Scope
from anypickle.registry import Reduced, recipe

_MOST_DATABASES = 1024
"""LMDB does not tell how many named databases it was opened for."""
_open: dict[str, Any] = {}
"""The environments that have crossed from or to this process, by path."""


@recipe(
    lmdb.Environment,
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="an environment over the same files, opened when it is rebuilt; in the same process, the same one",
)
def _reduce_environment(environment: Any, policy: Policy, crossing: Crossing) -> Reduced:
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
