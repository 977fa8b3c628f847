"""A load within a budget builds nothing of a pickle that goes over it."""

from __future__ import annotations

import io
import pickle
from typing import Any

import pytest

import anypickle

VALUES: list[Any] = [
    None,
    [1, 2.5, "text", b"bytes", {"a": (1, 2), "b": {3}}, bytearray(b"x")],
    "x" * 300_000,
    [str(i) for i in range(20_000)],
    complex(1, 2),
]
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Sparse(io.RawIOBase):
    """A file that gives a few bytes at a time, and has no peek()."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self.data.readinto(memoryview(buffer)[:7])


def by_loads(data: bytes, budget: Any) -> Any:
    return anypickle.loads(data, budget=budget)


def by_loads_of_a_view(data: bytes, budget: Any) -> Any:
    return anypickle.loads(memoryview(bytearray(data)), budget=budget)


def by_load(data: bytes, budget: Any) -> Any:
    return anypickle.load(io.BytesIO(data), budget=budget)


def by_load_with_peek(data: bytes, budget: Any) -> Any:
    return anypickle.load(io.BufferedReader(io.BytesIO(data)), budget=budget)


def by_unpickler(data: bytes, budget: Any) -> Any:
    return anypickle.Unpickler(Sparse(data), budget=budget).load()  # type: ignore[arg-type]


WAYS = [by_loads, by_loads_of_a_view, by_load, by_load_with_peek, by_unpickler]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_within_the_budget_is_loaded(way: Any, protocol: int) -> None:
    for value in VALUES[:2] if way is by_unpickler else VALUES:
        assert way(pickle.dumps(value, protocol), {}) == value
        assert way(pickle.dumps(value, protocol), {"bytes": None, "depth": 10}) == value


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("bytes", ["a" * 60, "b" * 60]),
        ("objects", list(range(101))),
        ("depth", eval("[" * 90 + "]" * 90)),
        ("memo", [[] for _ in range(101)]),
        ("expansion", [[[0] * 10] * 10] * 10),
    ],
)
def test_what_goes_over_it_is_refused(way: Any, limit: str, value: Any) -> None:
    data = pickle.dumps(value)
    most = 80 if limit == "depth" else 100
    with pytest.raises(pickle.UnpicklingError, match=f"over budget: {limit}"):
        way(data, {limit: most})
    assert way(data, {limit: 10_000}) == value


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_made_of_what_is_refused(way: Any) -> None:
    calls: list[Any] = []
    globals()["note"] = calls.append
    data = b"\x80\x04c" + __name__.encode() + b"\nnote\nK\x01\x85R(" + b"K\x01" * 50 + b"t."
    with pytest.raises(pickle.UnpicklingError, match="objects"):
        way(data, {"objects": 40})
    assert not calls


@pytest.mark.parametrize("way", WAYS)
def test_a_length_that_is_only_claimed_reads_nothing(way: Any) -> None:
    with pytest.raises(pickle.UnpicklingError):
        way(b"\x80\x04\x8e" + (1 << 60).to_bytes(8, "little") + b"abc", {})
    with pytest.raises(pickle.UnpicklingError):
        way(b"\x80\x04\x8e" + (1 << 20).to_bytes(8, "little") + b"abc", {})


@pytest.mark.parametrize("way", WAYS)
def test_every_prefix_is_refused_as_without_a_budget(way: Any) -> None:
    for protocol in (0, 2, 5):
        data = pickle.dumps([1, 2.5, "text", b"bytes", {"a": (1, 2)}], protocol)
        for end in range(len(data)):
            with pytest.raises(Exception) as plain:
                anypickle.loads(data[:end])
            with pytest.raises(type(plain.value)):
                way(data[:end], {})


def test_a_file_is_read_to_the_stop_and_no_further() -> None:
    values = [[1, 2], "x" * 100_000, b"", {"a": 1.5}]
    for protocol in PROTOCOLS:
        file = io.BytesIO(b"".join(pickle.dumps(v, protocol) for v in values) + b"rest")
        unpickler = anypickle.Unpickler(file, budget={})
        assert [unpickler.load() for _ in values] == values
        assert file.read() == b"rest"


def test_out_of_band_buffers_and_hooks_are_used() -> None:
    class Hooked(anypickle.Unpickler):
        def persistent_load(self, pid: Any) -> Any:  # type: ignore[override]
            return ("persistent", pid)

    assert Hooked(io.BytesIO(b"Pone\n."), budget={}).load() == ("persistent", "one")
    buffers: list[Any] = []
    data = pickle.dumps(pickle.PickleBuffer(b"abc"), 5, buffer_callback=buffers.append)
    assert bytes(anypickle.loads(data, buffers=buffers, budget={})) == b"abc"


@pytest.mark.parametrize(
    ("budget", "error"),
    [
        ({"size": 1}, ValueError),
        ({1: 1}, ValueError),
        ({"bytes": -1}, OverflowError),
        ({"bytes": "1"}, TypeError),
        (5, AttributeError),
    ],
)
def test_a_budget_that_is_none(budget: Any, error: type[Exception]) -> None:
    for way in WAYS:
        with pytest.raises(error):
            way(pickle.dumps(1), budget)
