"""Objects that answer for any attribute, marks, processes and context managers arrive, or are refused in words."""

from __future__ import annotations

import contextlib
import copy
import ctypes
import functools
import multiprocessing
import pickle
import unittest.mock
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

import anypickle


class Delegate:
    """Looks for what it lacks in what it holds, and for that in itself."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Guarded(Delegate):
    def __getattr__(self, name: str) -> Any:
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)


class InSlots:
    __slots__ = ("__dict__", "inner")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_class_that_delegates_arrives_by_a_setter(protocol: int) -> None:
    there = pickle.loads(anypickle.dumps(Delegate("x"), protocol))
    assert vars(there) == {"inner": "x"}
    assert there.upper() == "X"
    slotted = InSlots()
    slotted.inner, slotted.more = "x", 1
    there = pickle.loads(anypickle.dumps(slotted, max(protocol, 2)))
    assert (there.inner, there.more) == ("x", 1)


def test_one_on_its_guard_goes_as_pickle_has_it() -> None:
    assert b"anypickle" not in anypickle.dumps(Guarded("x"))
    assert pickle.loads(anypickle.dumps(Guarded("x"))).upper() == "X"


def test_a_mark_of_a_module_is_that_mark() -> None:
    mark = functools._initial_missing  # type: ignore[attr-defined]
    assert pickle.loads(anypickle.dumps([mark, mark])) == [mark, mark]
    other = object()
    there = pickle.loads(anypickle.dumps([other, other]))
    assert there[0] is there[1] is not other


def test_a_process_that_was_not_started_runs_over_there() -> None:
    process = multiprocessing.get_context("fork").Process(target=print, name="p", daemon=True)
    there = pickle.loads(anypickle.dumps(process))
    assert (there.name, there.daemon, there._target) == ("p", True, print)
    process.start()
    with pytest.raises(TypeError, match="only its parent can wait for it"):
        anypickle.dumps(process)
    process.join()


def test_what_only_children_inherit_is_refused_with_the_way() -> None:
    with pytest.raises(RuntimeError, match="through inheritance") as caught:
        anypickle.dumps({"lock": multiprocessing.Lock()})
    assert any(
        "obj['lock']" in note and "anypickle.Lock" in note for note in caught.value.__notes__
    )


def test_a_context_manager_arrives_as_long_as_it_was_not_entered() -> None:
    manager = holding(3)
    with pickle.loads(anypickle.dumps(manager)) as value:
        assert value == 3
    with manager, pytest.raises(TypeError, match="it was entered"):
        anypickle.dumps(manager)


@contextlib.contextmanager
def holding(value: int) -> Iterator[int]:
    yield value


def test_a_finalizer_waits_where_it_was_made() -> None:
    target: Any = functools.partial(print)
    called: list[int] = []
    target.finalizer = weakref.finalize(target, called.append, 1)
    for there in (pickle.loads(anypickle.dumps(target)), copy.deepcopy(target)):
        assert not there.finalizer.alive
        assert there.finalizer() is None
    assert target.finalizer.alive and not called


def test_types_that_ctypes_derives_are_the_ones_over_there() -> None:
    kinds = [ctypes.c_int * 3, ctypes.POINTER(ctypes.c_int), (ctypes.c_int * 3) * 2]
    assert pickle.loads(anypickle.dumps(kinds)) == kinds


def test_a_mock_with_a_spec_arrives() -> None:
    mock = unittest.mock.Mock(spec=Guarded)
    mock.inner = 3
    there = pickle.loads(anypickle.dumps(mock))
    assert isinstance(there, Guarded)
    assert there.inner == 3


class Careless:
    def __getattr__(self, name: str) -> Any:
        return bool(self.missing)


def test_a_getattr_that_makes_no_use_of_the_name_delegates_to_nobody() -> None:
    for protocol in range(2):
        with pytest.raises(RecursionError):
            anypickle.dumps(Careless(), protocol)
    assert type(pickle.loads(anypickle.dumps(Careless(), 5))) is Careless
