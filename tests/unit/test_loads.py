"""`loads`, `load` and `Unpickler`: what a stream gives is what `pickle` gives for it."""

from __future__ import annotations

import io
import pickle
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

import anypickle
from anypickle import _core


class Plain:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)


class Slotted:
    __slots__ = ("a", "b")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and (self.a, self.b) == (other.a, other.b)  # type: ignore


class Colour(Enum):
    RED = 1


def slotted() -> Slotted:
    made = Slotted()
    made.a, made.b = 1, [2]
    return made


VALUES = [
    None,
    True,
    [0, 1, 255, 256, 65535, 65536, -1, 2**31 - 1, 2**31, -(2**31), 2**63, -(2**63), 2**70, 10**500],
    [0.0, -0.0, 1.5, float("inf"), 1e-320],
    ["", "a", "abc", "\xe9", "caf\xe9", "\u20ac", "\U0001f600", "\udc80", "x" * 300, "a\nb\\u0041"],
    [b"", b"a", bytes(range(256)), b"x" * 70000, bytearray(b"abc")],
    [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [[]], {}, {1: 2}, set(), {1}, frozenset({1, 2})],
    {str(i): list(range(i)) for i in range(40)},
    list(range(5000)),
    {i: i for i in range(3000)},
    [Plain(x=1, y=[2]), Plain(), slotted()],
    [datetime(2026, 1, 2, tzinfo=UTC), date(1, 1, 1), Decimal("1.5"), Colour.RED],
    [OrderedDict(a=1), range(3), slice(1, 2), complex(1, 2), print, len, dict, pickle.PickleError],
]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_gives_what_pickle_gives(value: Any, protocol: int) -> None:
    try:
        data = pickle.dumps(value, protocol)
    except TypeError:
        assert protocol < 2  # slots need protocol 2
        return
    for loaded in (anypickle.loads(data), anypickle.load(io.BytesIO(data))):
        assert repr(loaded) == repr(pickle.loads(data)) or loaded == value
        assert type(loaded) is type(value)


def test_shares_what_was_shared() -> None:
    cycle: list[Any] = [1]
    cycle += [cycle, {"me": cycle}, (cycle, cycle)]
    loaded = anypickle.loads(pickle.dumps(cycle))
    assert loaded[1] is loaded
    assert loaded[2]["me"] is loaded
    assert loaded[3][0] is loaded[3][1] is loaded


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview, lambda b: memoryview(bytearray(b))])
def test_reads_any_bytes_like(wrap: Callable[[bytes], Any]) -> None:
    assert anypickle.loads(wrap(pickle.dumps({"a": 1}))) == {"a": 1}


def test_ignores_what_follows_the_pickle() -> None:
    assert anypickle.loads(pickle.dumps(1) + b"rest") == 1


def test_refuses_text_and_missing_arguments() -> None:
    with pytest.raises(TypeError, match="bytes-like"):
        anypickle.loads("text")  # type: ignore[arg-type]
    for call in (
        lambda: _core.loads(),
        lambda: _core.loads(b"", b""),
        lambda: _core.loads(b"N.", x=1),
    ):  # type: ignore
        with pytest.raises(TypeError):
            call()  # type: ignore[no-untyped-call]
    with pytest.raises(TypeError, match="'read' and 'readline'"):
        anypickle.load(object())  # type: ignore[arg-type]


def test_decodes_the_strings_of_python_2() -> None:
    data = b"U\x03a\xe9b."
    assert anypickle.loads(data, encoding="latin-1") == "a\xe9b"
    assert anypickle.loads(data, encoding="bytes") == b"a\xe9b"
    assert anypickle.loads(data, errors="replace") == "a\ufffdb"
    with pytest.raises(UnicodeDecodeError):
        anypickle.loads(data)


def test_maps_the_names_of_python_2_when_asked() -> None:
    assert anypickle.loads(b"c__builtin__\nxrange\n.") is range
    with pytest.raises(ModuleNotFoundError):
        anypickle.loads(b"c__builtin__\nxrange\n.", fix_imports=False)


def test_takes_out_of_band_buffers() -> None:
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps([pickle.PickleBuffer(bytearray(b"one"))], 5, buffer_callback=buffers.append)
    assert anypickle.loads(data, buffers=buffers)[0] is buffers[0]
    with pytest.raises(pickle.UnpicklingError, match=r"no \*buffers\*"):
        anypickle.loads(data)
    with pytest.raises(pickle.UnpicklingError, match="not enough"):
        anypickle.loads(data, buffers=[])


def test_announces_globals_to_audit_hooks() -> None:
    seen: list[tuple[str, str]] = []
    active = True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if active and event == "pickle.find_class":
            seen.append(arguments)  # type: ignore[arg-type]

    sys.addaudithook(hook)
    data = pickle.dumps([Plain(), Plain()])
    anypickle.loads(data)
    anypickle.loads(data)
    active = False
    assert seen == [(Plain.__module__, "Plain")] * 2


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EOFError),
        (b"N", EOFError),
        (b".", pickle.UnpicklingError),
        (b"(.", pickle.UnpicklingError),
        (b"\x8c\x05ab.", pickle.UnpicklingError),
        (b"\x8e" + b"\xff" * 7 + b"\x0f.", pickle.UnpicklingError),
        (b"\x8e" + b"\xff" * 8 + b".", OverflowError),
        (b"\x95" + b"\xff" * 7 + b"\x0f.", pickle.UnpicklingError),
        (b"\x8b\xff\xff\xff\xff.", pickle.UnpicklingError),
        (b"\x80\x06N.", ValueError),
        (b"\xff", pickle.UnpicklingError),
        (b"h\x07.", pickle.UnpicklingError),
        (b"Np-1\n.", ValueError),
        (b"(NNNd.", pickle.UnpicklingError),
        (b"\x82\x00.", pickle.UnpicklingError),
        (b"Sabc\n.", pickle.UnpicklingError),
        (b"I\n.", pickle.UnpicklingError),
        (b"Ix\n.", ValueError),
        (b"NN\x93.", pickle.UnpicklingError),
        (b"N)\x81.", pickle.UnpicklingError),
        (b"Pid\n.", pickle.UnpicklingError),
    ],
)
def test_bad_streams_raise_what_pickle_raises(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as ours:
        anypickle.loads(data)
    if data.startswith(b"\x8e\xff"):  # CPython before 3.14 allocates what is claimed
        return
    with pytest.raises(error) as stock:
        pickle.loads(data)
    assert type(ours.value) is type(stock.value)
    assert " ".join(str(ours.value).split()) == " ".join(str(stock.value).split())


def test_a_claimed_length_allocates_nothing() -> None:
    for opcode in (b"\x8e", b"\x96", b"\x8d", b"\x95"):
        data = opcode + (1 << 60).to_bytes(8, "little") + b"abc"
        for read in (lambda d: anypickle.loads(d), lambda d: anypickle.load(io.BytesIO(d))):
            with pytest.raises(pickle.UnpicklingError, match="truncated"):
                read(data)


def test_a_far_memo_index_costs_nothing() -> None:
    assert anypickle.loads(b"Nr\xff\xff\xff\xff0j\xff\xff\xff\xff.") is None
    assert anypickle.loads(b"Np99999999999999\n0g99999999999999\n.") is None
    puts = b"".join(b"K%cr%s0" % (i, (i << 20).to_bytes(4, "little")) for i in range(200))
    assert anypickle.loads(puts + b"j" + (77 << 20).to_bytes(4, "little") + b".") == 77


@pytest.mark.large
def test_deep_graphs_load_and_go_in_a_small_stack() -> None:
    depth = 1_000_000
    linked = b"\x80\x04" + b"(" + b"}" * depth + b"l."
    programs = [
        b"]" * depth + b"a" * (depth - 1) + b".",
        b")" + b"\x85" * depth + b".",
        (b"}K\x00" * depth) + b"}" + b"s" * depth + b".",
        linked,
    ]
    failures: list[BaseException] = []

    def run() -> None:
        try:
            for program in programs:
                anypickle.loads(program)
        except BaseException as error:
            failures.append(error)

    previous = threading.stack_size(8 << 20)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(previous)
    assert failures == []
