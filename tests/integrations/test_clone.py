"""`anypickle.clone`."""

from __future__ import annotations

import threading

import pytest

import anypickle

base = pytest.importorskip("sklearn.base", reason="sklearn is not installed")


class Guarded(base.BaseEstimator):
    def __init__(self, lock=None, limits=None):
        self.lock = lock
        self.limits = limits


class Forgetful(Guarded):
    def __sklearn_clone__(self):
        return type(self)(lock=self.lock)


class Changing(base.BaseEstimator):
    def __init__(self, names=()):
        self.names = list(names)


LINE = Changing.__init__.__code__.co_firstlineno + 1


def test_a_lock_is_fresh_and_everything_else_is_kept():
    estimator = Guarded(threading.Lock(), {"low": [1]})
    twin = anypickle.clone(estimator)
    assert twin.limits == estimator.limits and twin.limits is not estimator.limits
    assert twin.lock is not estimator.lock and twin.lock.acquire(timeout=1)


def test_a_lost_parameter_is_named():
    with pytest.raises(RuntimeError, match="Cannot clone Forgetful: the copy has lost limits"):
        anypickle.clone(Forgetful(limits={"low": 1}))


def test_a_constructor_that_changes_its_arguments_is_explained():
    with pytest.raises(RuntimeError, match="Cannot clone object") as caught:
        anypickle.clone(Changing(names=("a",)))
    (note,) = caught.value.__notes__
    assert "Changing.names is not what the constructor was given: its default is a tuple" in note
    assert f"{__file__}:{LINE}, in Changing.__init__: self.names = list(names)" in note
    assert "fix: self.names = names, as it is" in note


def test_a_parameter_that_cannot_be_copied_is_named():
    with anypickle.installed(), pytest.raises(TypeError) as caught:
        base.clone([Guarded(limits={"low": (i for i in "ab")})])
    assert caught.value.path == "obj[0].limits['low']"
    (note,) = caught.value.__notes__
    assert "obj[0].limits['low'] (generator) can't cross" in note


def test_nothing_stays_installed():
    anypickle.clone(Guarded(threading.RLock()))
    with pytest.raises(TypeError, match="RLock"):
        base.clone(Guarded(threading.RLock()))


def test_lists_of_estimators_are_cloned():
    first, second = anypickle.clone([Guarded(limits=1), Guarded(limits=2)])
    assert (first.limits, second.limits) == (1, 2)
