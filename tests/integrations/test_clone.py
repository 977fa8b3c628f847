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
    assert any("store each argument as it is" in note for note in caught.value.__notes__)


def test_nothing_stays_installed():
    anypickle.clone(Guarded(threading.RLock()))
    with pytest.raises(TypeError, match="RLock"):
        base.clone(Guarded(threading.RLock()))


def test_lists_of_estimators_are_cloned():
    first, second = anypickle.clone([Guarded(limits=1), Guarded(limits=2)])
    assert (first.limits, second.limits) == (1, 2)
