"""Objects that take code of somebody's to be written: reducers, states, exceptions; and one of them among many plain
ones."""

from __future__ import annotations

import collections
import fractions
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import rivals, workloads

N = 1000


class Reduced:
    """Says itself what makes it."""

    def __init__(self, a: int) -> None:
        self.a = a

    def __reduce__(self) -> tuple[Any, ...]:
        return Reduced, (self.a,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reduced) and self.a == other.a


class Stateful:
    """Says itself what its state is."""

    def __init__(self, a: int) -> None:
        self.a = a

    def __getstate__(self) -> dict[str, int]:
        return {"a": self.a}

    def __setstate__(self, state: dict[str, int]) -> None:
        self.a = state["a"]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stateful) and self.a == other.a


class Failure(Exception):
    """An exception of a program's."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Failure) and self.args == other.args

    __hash__ = Exception.__hash__


class Items(list[int]):
    """A list of a class of its own."""


class Mapping(dict[str, int]):
    """A dict of a class of its own."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen dataclass with slots, to which `dataclasses` gives a state."""

    a: int
    b: str


CASES: dict[str, Callable[[], Any]] = {
    "__reduce__": lambda: [Reduced(i) for i in range(N)],
    "__getstate__": lambda: [Stateful(i) for i in range(N)],
    "exceptions": lambda: [Failure("text", i) for i in range(N)],
    "subclasses of list": lambda: [Items([i]) for i in range(N)],
    "subclasses of dict": lambda: [Mapping(a=i) for i in range(N)],
    "frozen dataclasses with slots": lambda: [Frozen(i, "text") for i in range(N)],
    "complex": lambda: [complex(i, -i) for i in range(N)],
    "Fraction": lambda: [fractions.Fraction(i, 7) for i in range(N)],
    "namespaces": lambda: [types.SimpleNamespace(a=i) for i in range(N)],
    "defaultdict": lambda: [collections.defaultdict(list, a=[i]) for i in range(N)],
    "deque": lambda: [collections.deque([i, i + 1]) for i in range(N)],
    "one __reduce__, instances": lambda: [
        *(workloads.Plain(i, "text", i / 3) for i in range(N)),
        Reduced(1),
    ],
    "one __reduce__, records": lambda: [
        *({"id": i, "name": "text", "ok": True} for i in range(N)),
        Reduced(1),
    ],
}


def measure(bench: Any, works: tuple[str, ...]) -> None:
    """Time dumps and loads of each case against `_pickle`."""
    for case, build in CASES.items():
        if not bench.wants(case):
            continue
        value = build()
        stream = bench.stock.writer(value)()
        both = (bench.stock, bench.ours)
        assert rivals.same(bench.stock.loads(bench.ours.writer(value)()), value), case
        assert rivals.same(bench.ours.loads(stream), value), case
        if "dumps" in works:
            writers = {r.name: r.writer(value) for r in both}
            sizes = {name: len(write()) for name, write in writers.items()}
            bench.measure("dumps with code", case, writers, sizes=sizes)
        if "loads" in works:
            bench.measure("loads with code", case, {r.name: r.reader(stream) for r in both})
