"""HDF5: files, groups and datasets are opened again by path when they are first used, never truncating."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, Scope
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

_MEANING = (
    "opened again by path when it is first used, for writing only if it was, never truncating"
)
_IN_MEMORY = ("core", "fileobj")


class _Lazy:
    """Until it is asked for something, what to open; then what it stands for, class and all."""

    _anypickle_opens: tuple[Any, ...]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = _opened(*vars(self).pop("_anypickle_opens"))
        vars(self).update(vars(found))
        self.__class__ = type(found)
        return getattr(self, name)


class LazyFile(_Lazy, h5py.File):  # type: ignore[misc]
    """A file that is opened when it is first used."""


class LazyGroup(_Lazy, h5py.Group):  # type: ignore[misc]
    """A group of a file that is opened when it is first used."""


class LazyDataset(_Lazy, h5py.Dataset):  # type: ignore[misc]
    """A dataset of a file that is opened when it is first used."""


_KINDS: dict[str, type] = {"file": LazyFile, "group": LazyGroup, "dataset": LazyDataset}


@recipe(
    h5py.File,
    h5py.Group,
    h5py.Dataset,
    LazyFile,
    LazyGroup,
    LazyDataset,
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning=_MEANING,
)
def _reduce(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    kind = next(name for name, lazy in _KINDS.items() if isinstance(obj, lazy.__mro__[2]))
    if isinstance(obj, _Lazy):
        return _rebuild.reduced("contrib.h5py:lazy", kind, *vars(obj)["_anypickle_opens"])
    if not obj:
        refuse(obj, "it is closed", hint="pass its path and name, and open it on the other side")
    file = obj.file
    if file.driver in _IN_MEMORY:
        refuse(
            obj,
            "its file is in memory and has no path",
            hint="pass the data: dataset[...], or write it to a file with a path",
        )
    if obj.name is None:
        refuse(obj, "it has no name in its file", hint="pass its contents: dataset[...]")
    if file.mode != "r":
        file.flush()
    options = {
        "mode": file.mode,
        "driver": file.driver,
        "swmr": file.mode == "r" and file.swmr_mode,
    }
    path = str(Path(file.filename).absolute())
    return _rebuild.reduced("contrib.h5py:lazy", kind, path, options, obj.name)


def lazy(kind: str, path: str, options: dict[str, Any], name: str) -> Any:
    """A file, group or dataset that is opened when it is first used."""
    cls: Any = _KINDS[kind]
    made = cls.__new__(cls)
    vars(made)["_anypickle_opens"] = (path, options, name)
    return made


def _opened(path: str, options: dict[str, Any], name: str) -> Any:
    driver = options["driver"]
    file = h5py.File(
        path,
        options["mode"],
        driver=None if driver == "sec2" else driver,
        swmr=options["swmr"],
    )
    return file if name == "/" else file[name]


@recipe(
    h5py.AttributeManager,
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="the attributes of the same group or dataset, in a file that is opened at its first use",
)
def _reduce_attributes(attributes: Any, policy: Policy, crossing: Crossing) -> Reduced:
    made = attributes._id
    if isinstance(made, h5py.h5d.DatasetID):
        owner: Any = h5py.Dataset(made)
    elif isinstance(made, (h5py.h5g.GroupID, h5py.h5f.FileID)):
        owner = h5py.Group(made)
    else:
        refuse(attributes, "it has no path", hint="pass dict(attributes)")
    return _rebuild.reduced("contrib.h5py:attributes", owner)


class LazyAttributes(h5py.AttributeManager):  # type: ignore[misc]
    """The attributes of something in a file that is opened at its first use."""

    @property
    def _id(self) -> Any:
        return vars(self)["_anypickle_of"].attrs._id


def attributes(owner: Any) -> Any:
    """The attributes of a group or a dataset."""
    made: Any = LazyAttributes.__new__(LazyAttributes)
    vars(made)["_anypickle_of"] = owner
    return made


@recipe(
    LazyAttributes,
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="the attributes of the same group or dataset, in a file that is opened at its first use",
)
def _reduce_lazy_attributes(attributes: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.h5py:attributes", vars(attributes)["_anypickle_of"])
