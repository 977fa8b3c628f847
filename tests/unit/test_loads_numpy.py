"""Numbers of NumPy's types come out as NumPy makes them, though most are not made by it."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import pytest

import anypickle

np = pytest.importorskip("numpy", reason="numpy is not installed")

TYPES = "bBhHiIlLqQefdgFDG?"
PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


def outcome(loads: Any, data: bytes) -> Any:
    try:
        return [(type(one), one.dtype, one.tobytes()) for one in loads(data)]
    except Exception as error:
        return (type(error), str(error))


def compare(data: bytes) -> Any:
    ours = outcome(anypickle.loads, data)
    assert ours == outcome(pickle.loads, data)
    return ours


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("code", TYPES)
def test_each_type(code: str, protocol: int) -> None:
    numbers = [np.dtype(code).type(i) for i in range(5)]
    assert len(compare(pickle.dumps(numbers, protocol))) == 5
    assert len(compare(anypickle.dumps(numbers, protocol))) == 5


def test_types_in_turn() -> None:
    numbers = [np.dtype(code).type(i) for i in range(5) for code in TYPES]
    compare(pickle.dumps(numbers, 5))


def test_what_is_no_plain_number() -> None:
    dates = [np.datetime64(i, "D") for i in range(4)] + [np.timedelta64(i, "s") for i in range(4)]
    texts = [np.str_("abcd")] * 2 + [np.bytes_(b"abcd")] * 2
    records = list(np.zeros(3, [("x", "i4"), ("y", "f4")]))
    for values in (dates, texts, records):
        compare(pickle.dumps(values, 5))


def test_the_truth_is_one_object() -> None:
    loaded = anypickle.loads(pickle.dumps([np.True_, np.False_] * 3, 5))
    assert all(one is np.True_ for one in loaded[::2])


@pytest.mark.parametrize("order", "<>")
def test_orders_of_bytes(order: str) -> None:
    # each looks the same in both orders first
    dtype = np.dtype(f"{order}u4")
    parts = [bytes(4), bytes(4), b"\1\2\3\4", b"\1\2\3\4"]
    scalar = np.float64(0).__reduce__()[0]
    data = pickle.dumps([Called(scalar, dtype, part) for part in parts], 5)
    value = [one[2] for one in compare(data)]
    assert value[2] == (
        b"\1\2\3\4" if (order == "<") == (sys.byteorder == "little") else b"\4\3\2\1"
    )


def test_bytes_of_another_size() -> None:
    scalar, dtype = np.float64(0).__reduce__()[0], np.dtype("f8")
    for odd in (b"", b"1234567", b"123456789"):
        parts = [bytes(8)] * 3 + [odd] + [bytes(8)]
        compare(pickle.dumps([Called(scalar, dtype, part) for part in parts], 5))


def test_a_dtype_that_changes_in_the_middle() -> None:
    # the dtype gets another order of bytes by a second BUILD
    scalar = np.float64(0).__reduce__()[0]
    name = f"c{scalar.__module__}\nscalar\n".encode()
    state = b"(K\x03X\x01\x00\x00\x00%sNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb0"
    made = b"h\x00h\x01C\x04\x01\x02\x03\x04\x86R" * 4
    dtype = b"cnumpy\ndtype\nX\x02\x00\x00\x00u4\x89\x88\x87Rq\x01"
    data = b"(%sq\x000%s%s%sh\x01%s%sl." % (name, dtype, state % b"<", made, state % b">", made)
    values = [int.from_bytes(one[2], sys.byteorder) for one in compare(data)]
    assert values == [0x04030201] * 4 + [0x01020304] * 4


class Called:
    """Pickles as a call of a function."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        return self.call[0], self.call[1:]
