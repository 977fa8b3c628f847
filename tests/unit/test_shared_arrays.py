"""Arrays and buffers in the arena: what crosses is a handle, and what receivers see is what was asked for."""

from __future__ import annotations

import array
import gc
import pickle
from typing import Any

import pytest

from anypickle import _shm, shared

numpy = pytest.importorskip("numpy")

pytestmark = pytest.mark.may_leave("descriptors")


def blocks() -> int:
    """How many blocks of the arena are taken, not counting what only cycles of earlier tests still hold."""
    gc.collect()
    return int(_shm.statistics()["blocks"])


def through_pickle(obj: Any) -> Any:
    return pickle.loads(pickle.dumps(obj))


def through_queue(obj: Any) -> Any:
    queue: Any = shared.Queue()
    queue.put(obj)
    return queue.get()


roads = pytest.mark.parametrize("cross", [through_pickle, through_queue])


@roads
@pytest.mark.parametrize(
    "view",
    [
        lambda a: a,
        lambda a: a[1:],
        lambda a: a.T,
        lambda a: a[::-1],
        lambda a: a[:, ::2],
        lambda a: a[::-2, ::-1],
        lambda a: a.reshape(-1)[3:9],
        lambda a: a[0:0],
    ],
)
def test_a_view_is_the_same_memory(cross: Any, view: Any) -> None:
    original = view(shared.share(numpy.arange(24.0).reshape(4, 6)))
    arrived = cross(original)
    assert (arrived == original).all()
    assert arrived.strides == original.strides
    arrived += 1
    assert (arrived == original).all()


@roads
@pytest.mark.parametrize(
    "dtype", ["datetime64[ns]", "S5", "U3", ">i4", [("a", "i4"), ("b", "f8")], "?", "c16", "f2"]
)
def test_every_dtype(cross: Any, dtype: Any) -> None:
    original = shared.share(numpy.zeros(3, dtype))
    arrived = cross(original)
    assert arrived.dtype == original.dtype
    assert (arrived == original).all()


def test_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="holds Python objects"):
        shared.share(numpy.array([object()]))


@roads
@pytest.mark.parametrize("size", [10, 100_000])
def test_private_receivers_write_for_themselves(cross: Any, size: int) -> None:
    original = shared.share(numpy.zeros(size), receivers="private")
    original[:] = 5
    arrived = cross(original)
    arrived[0] = 1
    assert (original == 5).all()
    assert (arrived[1:] == 5).all()


@roads
@pytest.mark.parametrize("size", [10, 100_000])
def test_what_a_private_receiver_wrote_goes_on_with_it(cross: Any, size: int) -> None:
    arrived = cross(shared.share(numpy.zeros(size), receivers="private"))
    arrived[0] = 1
    assert cross(arrived)[0] == 1


@roads
def test_readonly_receivers_see_what_the_maker_writes(cross: Any) -> None:
    original = shared.share(numpy.zeros(10), receivers="readonly")
    arrived = cross(original)
    with pytest.raises(ValueError, match="read-only"):
        arrived[0] = 1
    original[0] = 1
    assert arrived[0] == 1


def test_what_is_computed_is_plain() -> None:
    original = shared.share(numpy.ones(3))
    assert type(original + 1) is numpy.ndarray
    assert type(original.sum()) is numpy.float64
    assert type(through_pickle(original.copy())) is numpy.ndarray


@pytest.mark.parametrize(
    "source", [b"bytes", bytearray(b"bytes"), array.array("i", [1, 2]), memoryview(b"abc")]
)
def test_buffers(source: Any) -> None:
    shared_buffer = shared.share(source)
    assert bytes(through_pickle(shared_buffer)) == bytes(source)


def test_large_buffers_of_an_object_are_not_copied_by_a_queue() -> None:
    original = shared.share({"big": numpy.arange(100_000), "small": [numpy.ones(3)]})
    arrived = through_queue(original)
    arrived["big"][0] = -1
    assert original["big"][0] == -1
    assert (arrived["small"][0] == 1).all()


def test_a_queue_keeps_what_its_sender_dropped() -> None:
    queue: Any = shared.Queue()
    before = blocks()
    queue.put(shared.share(numpy.arange(1 << 20)))
    assert queue.get().sum() == sum(range(1 << 20))
    assert blocks() == before


def test_references_end_with_the_queue() -> None:
    before = blocks()
    queue: Any = shared.Queue()
    inner: Any = shared.Queue()
    inner.put(shared.share(b"deep"))
    queue.put([inner, shared.share(b"x" * 100_000)])
    del inner
    del queue
    assert blocks() == before


def test_a_pickled_handle_is_kept_until_it_arrives() -> None:
    data = pickle.dumps(shared.share(numpy.arange(1000)))
    assert pickle.loads(data).sum() == sum(range(1000))


def test_a_handle_of_what_is_gone_says_so() -> None:
    data = pickle.dumps(shared.share(numpy.arange(1000)))
    pickle.loads(data)
    with pytest.raises(shared.GoneError, match="gone"):
        pickle.loads(data)


@roads
@pytest.mark.parametrize("receivers", ["shared", "private", "readonly"])
def test_an_array_of_the_standard_library_keeps_its_type(cross: Any, receivers: Any) -> None:
    original = shared.share(array.array("d", [1, 2, 3]), receivers=receivers)
    seen, arrived = memoryview(original), memoryview(cross(original))
    assert (seen.format, seen.tolist(), len(original)) == ("d", [1, 2, 3], 3)
    assert (arrived.format, arrived.tolist()) == ("d", [1, 2, 3])
    seen[0] = 9
    assert arrived[0] == (1 if receivers == "private" else 9)
    assert arrived.readonly == (receivers == "readonly")


@roads
def test_a_private_view_goes_on_with_what_was_written_there(cross: Any) -> None:
    arrived = cross(shared.share(array.array("i", [1, 2]), receivers="private"))
    memoryview(arrived)[0] = 5
    assert memoryview(cross(arrived)).tolist() == [5, 2]
