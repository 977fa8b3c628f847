"""`Unpickler`: its hooks, its memo, and the files it reads from."""

from __future__ import annotations

import gc
import io
import os
import pickle
import weakref
from typing import Any

import pytest

import anypickle


class Custom:
    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class Meagre:
    """A file with read() and readline() alone, that gives at most `most` bytes a time."""

    def __init__(self, data: bytes, most: int = 1 << 30) -> None:
        self.file = io.BytesIO(data)
        self.most = most

    def read(self, size: int) -> bytes:
        return self.file.read(min(size, self.most))

    def readline(self) -> bytes:
        return self.file.readline()


class Into(Meagre):
    def readinto(self, buffer: Any) -> int:
        return self.file.readinto(memoryview(buffer)[: self.most])


class Peeking(Meagre):
    def peek(self, size: int) -> bytes:
        at = self.file.tell()
        data = self.file.read(min(size, self.most))
        self.file.seek(at)
        return data


class UnwillingToPeek(Meagre):
    def peek(self, size: int) -> bytes:
        raise NotImplementedError


FILES = [
    io.BytesIO,
    lambda data: io.BufferedReader(io.BytesIO(data)),
    Meagre,
    Into,
    Peeking,
    UnwillingToPeek,
]  # type: ignore
VALUE = [list(range(300)), "text" * 50, b"bytes" * 20000, bytearray(3_000_000), {"k": 2**80}, 1.5]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("make", FILES)
def test_reads_pickle_after_pickle_and_nothing_more(make: Any, protocol: int) -> None:
    data = pickle.dumps(VALUE, protocol)
    file = make(data * 2 + b"tail")
    assert anypickle.load(file) == VALUE
    unpickler = anypickle.Unpickler(file)
    assert unpickler.load() == VALUE
    assert file.read(10) == b"tail"


@pytest.mark.parametrize("make", [Meagre, Into, Peeking])
@pytest.mark.parametrize("most", [1, 7, 4096])
def test_completes_short_reads(make: Any, most: int) -> None:
    value = [b"x" * 10_000, bytearray(9_000), "y" * 5_000, list(range(1000))]
    assert anypickle.load(make(pickle.dumps(value, 5), most)) == value


def test_reads_from_a_pipe() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as out:
        out.write(pickle.dumps([1, "two"]) + pickle.dumps(3))
    with os.fdopen(reader, "rb", buffering=0) as file:
        assert anypickle.load(file) == [1, "two"]
        assert anypickle.load(file) == 3
        with pytest.raises(EOFError):
            anypickle.load(file)


def test_a_file_may_move_between_loads() -> None:
    file = io.BufferedReader(io.BytesIO(pickle.dumps(1) + b"between" + pickle.dumps(2)))  # type: ignore[arg-type]
    unpickler = anypickle.Unpickler(file)
    assert unpickler.load() == 1
    assert file.read(7) == b"between"
    assert unpickler.load() == 2


def test_truncated_files_raise() -> None:
    data = pickle.dumps(VALUE, 5)
    for make in FILES:
        for cut in (0, 1, 5, 50, 1000, 2_000_000, len(data) - 1):
            with pytest.raises((EOFError, pickle.UnpicklingError)):
                anypickle.load(make(data[:cut]))


@pytest.mark.parametrize("answer", [None, "text", 5, OSError("broken")])
def test_files_that_misbehave_raise(answer: Any) -> None:
    class Broken(Meagre):
        def read(self, size: int) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

    with pytest.raises((TypeError, OSError)):
        anypickle.load(Broken(b""))


@pytest.mark.parametrize("answer", [-1, 10**6, "text", None])
def test_a_readinto_that_lies_raises(answer: Any) -> None:
    class Lying(Meagre):
        def readinto(self, buffer: Any) -> Any:
            return answer

    with pytest.raises((ValueError, TypeError)):
        anypickle.load(Lying(b"B\x00\x10\x00\x00abc"))


def test_a_file_may_keep_the_buffer_that_it_was_given() -> None:
    kept: list[memoryview] = []

    class Keeping(Into):
        def readinto(self, buffer: Any) -> int:
            kept.append(memoryview(buffer))
            return super().readinto(buffer)

    data = pickle.dumps([b"x" * 5_000_000, bytearray(3_000_000)], 5)
    assert anypickle.load(Keeping(data)) == [b"x" * 5_000_000, bytearray(3_000_000)]
    for view in kept:  # whatever is written there now, it is not somebody else's memory
        view[:] = b"y" * len(view)


def test_find_class_decides() -> None:
    class Renaming(anypickle.Unpickler):
        def find_class(self, module_name: str, global_name: str, /) -> Any:
            assert (module_name, global_name) == ("no_such_module", "Thing")
            return Custom

    data = b"\x80\x04\x8c\x0eno_such_module\x8c\x05Thing\x93)\x81K\x05b."
    assert Renaming(io.BytesIO(data)).load().state == 5


def test_find_class_can_be_called() -> None:
    unpickler = anypickle.Unpickler(io.BytesIO(b""))
    assert (
        unpickler.find_class("collections", "OrderedDict") is __import__("collections").OrderedDict
    )


def test_persistent_load_as_a_method_and_as_an_attribute() -> None:
    class Resolving(anypickle.Unpickler):
        def persistent_load(self, pid: Any) -> Any:  # type: ignore[override]
            return ("method", pid)

    assert Resolving(io.BytesIO(b"Pid\n.")).load() == ("method", "id")
    assert Resolving(io.BytesIO(b"K\x05Q.")).load() == ("method", 5)
    unpickler = anypickle.Unpickler(io.BytesIO(b"K\x05Q."))
    unpickler.persistent_load = lambda pid: ("attribute", pid)
    assert unpickler.load() == ("attribute", 5)


def test_memo_is_kept_copied_cleared_and_set() -> None:
    first = pickle.dumps(["shared"], 2)[:-1]
    unpickler = anypickle.Unpickler(io.BytesIO(first + b"." + b"h\x00." + b"h\x00."))
    loaded = unpickler.load()
    assert unpickler.load() is loaded
    assert unpickler.memo.copy()[0] is loaded
    saved = unpickler.memo
    unpickler.memo = {0: "other"}
    assert saved.copy() == {0: "other"}  # a proxy is a view
    assert unpickler.load() == "other"
    other = anypickle.Unpickler(io.BytesIO(b"h\x00."))
    other.memo = unpickler.memo
    unpickler.memo.clear()
    assert unpickler.memo.copy() == {}
    assert other.load() == "other"
    assert pickle.loads(pickle.dumps(other.memo)) == {0: "other"}
    for bad in ({"a": 1}, {-1: 1}, 5):
        with pytest.raises((TypeError, ValueError)):
            other.memo = bad  # type: ignore[assignment]


def test_loading_inside_a_load_needs_another_unpickler() -> None:
    class Nested(anypickle.Unpickler):
        inner: Any = None

        def persistent_load(self, pid: Any) -> Any:  # type: ignore[override]
            assert anypickle.loads(pickle.dumps([pid])) == [pid]
            with pytest.raises(RuntimeError):
                self.load()
            with pytest.raises(RuntimeError):
                self.__init__(io.BytesIO())  # type: ignore[misc]
            return pid

    unpickler = Nested(io.BytesIO(b"]K\x05Qa." + b"N."))
    assert unpickler.load() == [5]
    assert unpickler.load() is None


def test_uninitialised_and_initialised_again() -> None:
    class Forgetful(anypickle.Unpickler):
        def __init__(self) -> None:
            pass

    with pytest.raises(pickle.UnpicklingError, match="__init__"):
        Forgetful().load()
    unpickler = anypickle.Unpickler(io.BytesIO(b"K\x01."))
    assert unpickler.load() == 1
    unpickler.__init__(io.BytesIO(b"K\x02."))  # type: ignore[misc]
    assert unpickler.load() == 2


def test_cycles_through_an_unpickler_are_collected() -> None:
    class Holder(anypickle.Unpickler):
        pass

    unpickler = Holder(io.BytesIO(b"N."))
    unpickler.persistent_load = lambda pid, held=unpickler: held  # type: ignore[assignment, misc]
    gone = weakref.ref(unpickler)
    del unpickler
    gc.collect()
    assert gone() is None
