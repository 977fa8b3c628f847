"""`joblib.hash` under `anypickle.install()`: it tells objects apart, in each process alike."""

from __future__ import annotations

from typing import Any

import pytest

import anypickle

joblib = pytest.importorskip("joblib")

OBJECTS = """
import queue, threading

class Guarded:
    def __init__(self, after):
        self.before, self.lock, self.value = 1, threading.Lock(), after

class Bound:
    def __init__(self, after):
        self.acquire, self.value = threading.Lock().acquire, after

class Queued:
    def __init__(self, after):
        self.queue = queue.Queue()
        self.queue.put(after)

class Unpicklable:
    def __init__(self, after):
        self.generator, self.value = (i for i in ()), after

def closure(after, lock=threading.Lock()):
    def inner(n, step=after):
        with lock:
            return inner(n - step) if n else FACTOR
    return inner

def local_class(after):
    class Local:
        value = after
        def get(self):
            return Local, after
    return Local

def local_instance(after):
    return local_class(after)()

FACTOR = 3
"""
_objects: dict[str, Any] = {"__name__": __name__}
exec(OBJECTS, _objects)
Guarded, Bound, Queued, Unpicklable = (
    _objects[name] for name in ("Guarded", "Bound", "Queued", "Unpicklable")
)
BY_VALUE = [_objects[name] for name in ("closure", "local_class", "local_instance")]


@pytest.mark.parametrize("cls", [Guarded, Bound, Queued, *BY_VALUE])
def test_two_objects_with_locks_hash_alike_only_if_they_are_alike(cls):
    with anypickle.installed():
        assert joblib.hash(cls(1)) == joblib.hash(cls(1))
        assert joblib.hash(cls(1)) != joblib.hash(cls(2))
        assert joblib.hash({"a": cls(1)}) != joblib.hash({"a": cls(2)})


def test_the_hash_of_a_closure_is_that_of_what_it_refers_to_as_well():
    with anypickle.installed():
        before = joblib.hash(_objects["closure"](1))
        _objects["FACTOR"] = 4
        assert joblib.hash(_objects["closure"](1)) != before
        _objects["FACTOR"] = 3
        assert joblib.hash(_objects["closure"](1)) == before


def test_what_cannot_be_hashed_is_an_error_and_not_another_objects_hash():
    with anypickle.installed(), pytest.raises(TypeError, match="generator"):
        joblib.hash({"a": Unpicklable(1), "b": 2})


def test_hashes_of_what_joblib_could_hash_stay_as_they_are():
    plain = [{"b": [1, 2], "a": {3, "x"}}, {1: "a", "b": 2}, (1.5, None, b"x"), len]
    before = [joblib.hash(obj) for obj in plain]
    with anypickle.installed():
        assert [joblib.hash(obj) for obj in plain] == before
    assert [joblib.hash(obj) for obj in plain] == before


def test_a_hash_is_the_same_in_every_process(run_script, tmp_path):
    program = (
        OBJECTS
        + "import joblib\nprint(joblib.hash([Guarded(1), Queued('x'), closure(1), local_instance(2)]))\n"
    )
    script = tmp_path / "hashes.py"  # code says which file it is of
    script.write_text(program)
    first, second = (run_script(script, under="anypickle").ok().stdout for _ in range(2))
    assert first == second


def test_uninstall_gives_joblib_its_hasher_back():
    from joblib import hashing

    before = dict(vars(hashing.Hasher))
    with anypickle.installed():
        assert dict(vars(hashing.Hasher)) != before
    assert dict(vars(hashing.Hasher)) == before
