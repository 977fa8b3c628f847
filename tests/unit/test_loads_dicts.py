"""Dicts that `loads` fills in one go are those that are filled key by key, and go on like them."""

from __future__ import annotations

import gc
import io
import pickle
import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

import anypickle
from tests.helpers.programs import ProgramRunner

# The edges of CPython's tables: how many keys each holds, and where the indices become wider.
SIZES = [0, 1, 2, 5, 6, 10, 11, 21, 22, 85, 86, 170, 171, 682, 999, 1000, 1001, 3000]


class Name(str):
    pass


KEYS: dict[str, Callable[[int], Any]] = {
    "str": lambda i: f"key {i}",
    "texts of any kind": lambda i: f"{'aü日😀'[i % 4]}{i}",
    "int": lambda i: i * 7 - 20,
    "large int": lambda i: i * 2**61 - i,
    "bytes": lambda i: b"%d" % i,
    "float": lambda i: i / 3,
    "tuple": lambda i: (i, str(i)),
    "a subclass of str": lambda i: Name(i),
    "str, then int": lambda i: str(i) if i < 7 else i,
    "int, then str": lambda i: i if i < 7 else str(i),
    "mixed": lambda i: [i, str(i), b"%d" % i, None, i / 7, (i,)][i % 6],
}


def in_one_piece(pairs: list[tuple[Any, Any]]) -> bytes:
    """A dict as other picklers may write it: any keys in any order, all in one batch."""
    # A pickle is a program for a stack machine: without its head and its end it is part of a longer one.
    items = [pickle.dumps(item, 2)[2:-1] for pair in pairs for item in pair]
    return b"\x80\x02}(" + b"".join(items) + b"u."


def check_alike(ours: dict[Any, Any], theirs: dict[Any, Any]) -> None:
    assert list(ours.items()) == list(theirs.items())
    assert [type(key) for key in ours] == [type(key) for key in theirs]
    assert sys.getsizeof(ours) == sys.getsizeof(theirs)
    assert gc.is_tracked(ours) == gc.is_tracked(theirs)
    assert all(ours[key] == value for key, value in theirs.items())


@pytest.mark.parametrize("keys", KEYS)
def test_dicts_of_any_size_are_those_of_pickle_and_as_large(keys: str) -> None:
    for size in SIZES:
        for value in (None, []):
            stream = pickle.dumps({KEYS[keys](i): value for i in range(size)})
            check_alike(anypickle.loads(stream), pickle.loads(stream))


@pytest.mark.parametrize("keys", KEYS)
@pytest.mark.large
def test_they_can_be_changed_as_any_other(keys: str) -> None:
    chance = random.Random(keys)
    for size in SIZES:
        stream = pickle.dumps({KEYS[keys](i): i for i in range(size)})
        ours, theirs = anypickle.loads(stream), pickle.loads(stream)
        for step in range(2 * size):
            key = KEYS[keys](chance.randrange(2 * size))
            assert ours.pop(key, None) == theirs.pop(key, None)
            if step % 3:
                ours[key] = theirs[key] = step
        ours |= {1: "one", "another": 2}
        theirs |= {1: "one", "another": 2}
        assert list(ours.items()) == list(theirs.items())
        assert list(ours.copy().items()) == list(theirs.copy().items())
        ours.clear()
        assert ours == {} and ours.setdefault("a", 1) == 1


@pytest.mark.large
def test_keys_that_come_again_keep_their_place_and_get_the_last_value() -> None:
    chance = random.Random(5)
    for size in SIZES:
        for make in KEYS.values():
            pairs = [(make(chance.randrange(size // 2 + 1)), number) for number in range(size)]
            stream = in_one_piece(pairs)
            ours = anypickle.loads(stream)
            assert list(ours.items()) == list(dict(pairs).items())


@pytest.mark.large
def test_a_key_that_is_repeated_without_end_makes_no_large_table() -> None:
    stream = in_one_piece([("a", 1)] + [("a", 2)] * 200_000)
    assert sys.getsizeof(anypickle.loads(stream)) < 2**22


@pytest.mark.parametrize("size", [43_690, 43_691, 87_381, 87_382, 200_000])
@pytest.mark.large
def test_large_ones_in_one_batch(size: int) -> None:
    for make in (KEYS["str"], KEYS["int"]):
        pairs = [(make(i), i) for i in range(size)]
        ours = anypickle.loads(in_one_piece(pairs))
        assert ours == dict(pairs) and list(ours) == list(dict(pairs))
        assert all(make(i) not in ours for i in range(size, size + 1000))


def test_keys_of_one_hash_are_told_apart() -> None:
    modulus = sys.hash_info.modulus
    for keys in (
        [-1, -2],
        [i * modulus for i in range(50)],
        ["a", *(i * modulus for i in range(9))],
    ):
        value = {key: [key] for key in keys}
        assert anypickle.loads(pickle.dumps(value)) == value
        assert anypickle.loads(pickle.dumps({-5: 0, **value})) == {-5: 0, **value}


def test_a_dict_that_is_not_new_is_filled_where_it_is() -> None:
    mine: dict[str, int] = {}

    class Persistent(anypickle.Unpickler):
        def persistent_load(self, pid: object) -> dict[str, int]:
            return mine

    items = b"".join(pickle.dumps(item, 2)[2:-1] for item in ("a", 1, "b", 2))
    stream = b"\x80\x02" + pickle.dumps("mine", 2)[2:-1] + b"Q(" + items + b"u."
    assert Persistent(io.BytesIO(stream)).load() is mine
    assert mine == {"a": 1, "b": 2}


def test_memory_of_the_tables_is_that_of_their_allocator(run_script: ProgramRunner) -> None:
    program = """
        import pickle, anypickle
        for key in (str, int):
            for size in (2, 5, 6, 90, 200, 999, 5000):
                value = anypickle.loads(pickle.dumps({key(i): [i] for i in range(size)}))
                value["one more"] = value.pop(key(1))
                del value
    """
    run_script(program, env={"PYTHONMALLOC": "debug"}).ok()
