"""Several threads at one codec: each gets its own answer, or an error; and what is changed meanwhile never tears."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any

import pytest

import anypickle
from tests.helpers.threads import in_threads, short_slices  # noqa: F401

ROUNDS = 60
THREADS = 4


pytestmark = pytest.mark.usefixtures("short_slices")


class Record:
    def __init__(self, number: int) -> None:
        self.number = number
        self.name = f"record {number}"


class Code:
    """Something whose pickling runs Python code, so that threads take turns there."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        return Code, (self.value,)


def graph() -> Any:
    records = [Record(i) for i in range(40)]
    shared = {"all": records, "some": tuple(records[:5]), "set": {1, 2.5, "x"}}
    return [shared, shared, {i: Code(i) for i in range(20)}, b"x" * 3000, "y" * 3000]


def test_one_graph_is_dumped_and_loaded_by_many() -> None:
    value = graph()
    expected = anypickle.dumps(value)

    def work() -> None:
        for _ in range(ROUNDS):
            assert anypickle.dumps(value) == expected
            loaded = anypickle.loads(expected)
            assert loaded[0] is loaded[1]
            assert loaded[0]["all"][39].name == "record 39"
            assert loaded[2][19].value == 19

    in_threads(*[work] * THREADS)


def test_functions_and_classes_are_dumped_by_many() -> None:
    space: dict[str, Any] = {"__name__": "no.such.module"}
    exec(
        "limit = [3]\nclass C:\n def f(self, x=1): return x + limit[0]\ndef g(): return C()", space
    )

    def work() -> None:
        for _ in range(ROUNDS // 2):
            cls, function = anypickle.loads(anypickle.dumps((space["C"], space["g"])))
            assert cls().f() == function().f() == 4

    in_threads(*[work] * THREADS)


def test_a_pickler_in_two_threads_raises_or_takes_turns() -> None:
    value = graph()
    pickler = anypickle.Pickler(alone := io.BytesIO(), 4)
    pickler.dump(value)
    written: list[bytes] = []
    pickler = anypickle.Pickler(
        type("File", (), {"write": staticmethod(lambda chunk: written.append(bytes(chunk)))}), 4
    )
    refused = 0

    def work() -> None:
        nonlocal refused
        for _ in range(ROUNDS):
            try:
                pickler.clear_memo()
                pickler.dump(value)
            except RuntimeError as error:
                assert "dumping" in str(error)
                refused += 1

    in_threads(*[work] * THREADS)
    assert refused < ROUNDS * THREADS
    del written[:]
    pickler.clear_memo()
    pickler.dump(value)
    assert b"".join(written) == alone.getvalue()


def test_an_unpickler_in_two_threads_raises_or_takes_turns() -> None:
    data = anypickle.dumps(graph()) * ROUNDS
    unpickler = anypickle.Unpickler(io.BytesIO(data))
    loaded: list[Any] = []

    def work() -> None:
        for _ in range(ROUNDS // THREADS):
            try:
                loaded.append(unpickler.load())
            except RuntimeError as error:
                assert "already in use" in str(error)

    in_threads(*[work] * THREADS)
    assert loaded
    assert all(value[2][19].value == 19 for value in loaded)


def swap_ends(target: list[Any]) -> None:
    target.append(target.pop(0))


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[Any, int], Any]]] = {
    "list grows": (
        lambda: [Code(i) for i in range(50)],
        lambda x, i: len(x) < 300 and x.append(Code(i)),
    ),
    "list shrinks": (lambda: [Code(i) for i in range(500)], lambda x, i: x and x.pop()),
    "list is emptied": (lambda: [Code(i) for i in range(50)], lambda x, i: x.clear()),
    "list turns": (lambda: [Code(i) for i in range(50)], lambda x, i: swap_ends(x)),
    "dict grows": (
        lambda: {i: Code(i) for i in range(50)},
        lambda x, i: x.update({i % 300: Code(i % 300)}),
    ),
    "dict shrinks": (lambda: {i: Code(i) for i in range(500)}, lambda x, i: x and x.popitem()),
    "dict changes": (
        lambda: {i: Code(i) for i in range(50)},
        lambda x, i: x.update({i % 50: Code(i % 50)}),
    ),
    "set grows": (lambda: {f"{i}" for i in range(50)}, lambda x, i: x.add(f"{i % 300}")),
    "set shrinks": (lambda: {f"{i}" for i in range(500)}, lambda x, i: x and x.pop()),
    "instance changes": (lambda: Record(1), lambda x, i: setattr(x, f"a{i % 30}", Code(i))),
    "instance loses": (lambda: Record(1), lambda x, i: x.__dict__.clear()),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_what_is_changed_while_it_is_dumped_never_tears(kind: str) -> None:
    """A consistent part of it, or RuntimeError."""
    make, change = CHANGES[kind]
    value = make()
    done = threading.Event()

    def dump() -> None:
        try:
            for _ in range(ROUNDS):
                try:
                    arrived = anypickle.loads(anypickle.dumps([value, Code(1), value]))
                except RuntimeError as error:
                    assert "changed" in str(error)
                    continue
                assert arrived[0] is arrived[2]
                assert type(arrived[0]) is type(value)
                if isinstance(value, dict):
                    assert all(code.value == key for key, code in arrived[0].items())
        finally:
            done.set()

    def mutate() -> None:
        for i in range(100_000):
            if done.is_set():
                break
            change(value, i)

    in_threads(dump, mutate)
