"""Memory views arrive as views of the buffer that arrives with them."""

from __future__ import annotations

import array
import pickle
from typing import Any

import numpy as np
import pytest

import anypickle


def there(value: Any) -> Any:
    return pickle.loads(anypickle.dumps(value))


def test_views_of_one_buffer_stay_views_of_one_buffer() -> None:
    content = bytearray(b"abcdef")
    middle, end = memoryview(content)[1:3], memoryview(content)[2:]
    middle, other, end = there((middle, content, end))
    assert middle.obj is other is end.obj
    middle[1] = ord("x")
    assert (bytes(end), bytes(other)) == (b"xdef", b"abxdef")


def test_views_of_arrays_keep_format_and_shape() -> None:
    numbers = array.array("d", [1, 2, 3])
    table = np.arange(12, dtype="i4").reshape(3, 4)
    views = memoryview(numbers)[1:], memoryview(table), memoryview(table)[1:], numbers, table
    of_numbers, whole, rows, numbers, table = there(views)
    assert of_numbers.obj is numbers
    assert of_numbers.tolist() == [2, 3]
    assert whole.obj is rows.obj is table
    assert (rows.format, rows.tolist()) == ("i", table[1:].tolist())
    table[2, 3] = 99
    assert rows[1, 3] == whole[2, 3] == 99


def test_what_can_not_be_written_to_takes_only_its_part_along() -> None:
    view = there(memoryview(bytes(1_000_000))[:3])
    assert bytes(view.obj) == bytes(3)
    assert len(anypickle.dumps(memoryview(bytes(1_000_000))[:3])) < 100


@pytest.mark.parametrize(
    "view",
    [
        memoryview(np.zeros(4, dtype=">i4"))[1:],
        memoryview(np.zeros((2, 3)))[:0],
        memoryview(np.zeros(2, dtype="M8[s]").view("i8").astype(object)),
    ],
)
def test_what_only_its_own_buffer_can_be_is_refused(view: memoryview) -> None:
    with pytest.raises(TypeError, match="nothing but its own buffer has"):
        anypickle.dumps(view)
