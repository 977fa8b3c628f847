"""install(), uninstall() and installed(): what they touch comes back byte for byte."""

from __future__ import annotations

import contextlib
import copy
import copyreg
import importlib
import json
import multiprocessing.process
import multiprocessing.reduction
import multiprocessing.spawn
import pickle
import shelve
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import anypickle


def _copies_of_cloudpickle() -> list[Any]:
    return [importlib.import_module("cloudpickle.cloudpickle")]


def _tables() -> dict[str, list[tuple[Any, Any]]]:
    """Every table and namespace that a channel may touch: keys and values, in order."""
    forking = multiprocessing.reduction.ForkingPickler
    loky = importlib.import_module("joblib.externals.loky.backend.reduction")
    owners = {
        "copyreg": copyreg.dispatch_table,
        "deepcopy": copy._deepcopy_dispatch,  # type: ignore[attr-defined]
        "copy": getattr(copy, "_copy_dispatch", {}),  # until Python 3.14
        "copy module": vars(copy),
        "pickle": vars(pickle),
        "shelve": vars(shelve),
        "ForkingPickler": vars(forking),
        "extra reducers": forking._extra_reducers,  # type: ignore[attr-defined]
        "BaseProcess": vars(multiprocessing.process.BaseProcess),
        "spawn": vars(multiprocessing.spawn),
        "dill": importlib.import_module("dill").Pickler.dispatch,
        "dill class": vars(importlib.import_module("dill").Pickler),
        "loky": vars(loky),
        "joblib.pool": vars(importlib.import_module("joblib.pool")),
        "joblib files": vars(importlib.import_module("joblib.numpy_pickle").NumpyPickler),
    }
    for number, module in enumerate(_copies_of_cloudpickle()):
        owners[f"cloudpickle {number}"] = module.Pickler._dispatch_table
        owners[f"cloudpickle class {number}"] = vars(module.Pickler)
    tables = {name: list(table.items()) for name, table in owners.items()}
    return {**tables, "meta_path": list(enumerate(sys.meta_path))}


def _differences(before: Any, after: Any) -> list[str]:
    return [
        f"{name}: {key!r}"
        for name in before
        for (key, value), (key_now, value_now) in zip(before[name], after[name], strict=False)
        if (key is not key_now and key != key_now) or value is not value_now
    ] + [
        f"{name}: {len(before[name])} entries, now {len(after[name])}"
        for name in before
        if len(before[name]) != len(after[name])
    ]


@pytest.fixture(autouse=True)
def _uninstalled() -> Iterator[None]:
    """Each test begins and ends with nothing installed."""
    assert not anypickle.is_installed()
    yield
    anypickle.uninstall()


def test_uninstall_restores_every_table_byte_for_byte() -> None:
    before = _tables()
    anypickle.install()
    assert _differences(before, _tables())
    anypickle.uninstall()
    assert _differences(before, _tables()) == []


def test_a_shelf_takes_what_dumps_takes(tmp_path: Any) -> None:
    with anypickle.installed(), shelve.open(str(tmp_path / "shelf")) as shelf:
        shelf["kept"] = [threading.Lock(), lambda x: 2 * x]
        lock, double = shelf["kept"]
        assert not lock.locked() and double(4) == 8
        with pytest.raises(TypeError, match="generator") as raised:
            shelf["lost"] = [(i for i in "ab")]
    assert any("obj[0]" in note for note in raised.value.__notes__)


def test_a_shelf_that_is_open_already_takes_it_as_long_as_anypickle_is_installed(
    tmp_path: Any,
) -> None:
    with shelve.open(str(tmp_path / "shelf")) as shelf:
        with anypickle.installed():
            shelf["kept"] = threading.Lock()
        with pytest.raises(TypeError, match="lock"):
            shelf["lost"] = threading.Lock()
        assert list(shelf) == ["kept"]


def test_joblib_dump_takes_what_dumps_takes(tmp_path: Any) -> None:
    joblib = importlib.import_module("joblib")
    file = tmp_path / "file.joblib"

    class Local:
        def __init__(self) -> None:
            self.lock, self.double = threading.Lock(), lambda x: 2 * x

    with anypickle.installed():
        joblib.dump([Local(), len, json.dumps], file)
    arrived, length, dumps = joblib.load(file)
    assert not arrived.lock.locked() and arrived.double(4) == 8
    assert length is len and dumps is json.dumps


def test_installing_twice_takes_one_uninstall() -> None:
    before = _tables()
    anypickle.install()
    anypickle.install()
    anypickle.uninstall()
    assert _differences(before, _tables()) == []


def test_installed_blocks_nest_and_leave_what_they_found() -> None:
    with anypickle.installed():
        with anypickle.installed():
            pass
        assert anypickle.is_installed()
    assert not anypickle.is_installed()
    anypickle.install()
    with anypickle.installed():
        pass
    assert anypickle.is_installed()


def test_uninstall_within_a_block_takes_effect_at_its_end() -> None:
    anypickle.install()
    with anypickle.installed():
        anypickle.uninstall()
        assert anypickle.is_installed()
    assert not anypickle.is_installed()


def test_an_error_within_a_block_uninstalls() -> None:
    with contextlib.suppress(KeyError), anypickle.installed():
        raise KeyError
    assert not anypickle.is_installed()


def test_a_reducer_that_the_program_registers_meanwhile_stays() -> None:
    class Mine:
        pass

    anypickle.install()
    copyreg.pickle(Mine, lambda mine: "Mine")
    anypickle.uninstall()
    assert copyreg.dispatch_table.pop(Mine)


def test_a_stream_that_arms_leaves_the_program_that_decided_alone() -> None:
    from anypickle import _armed

    with anypickle.installed():
        pass
    _armed.arm()
    assert not anypickle.is_installed()
