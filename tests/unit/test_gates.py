"""`pickle.dumps` and `dump` of an installed anypickle: a crossing that is only made when somebody asks for it."""

from __future__ import annotations

import copy
import inspect
import io
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

import anypickle
from anypickle import _core, crossing
from anypickle.policy import Channel

STOCK = pickle.dumps


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    with anypickle.installed():
        yield
    assert not crossing._stack.crossings and crossing.current() is crossing._PLAIN


class Asking:
    """Says which crossing it is part of while it is pickled."""

    def __init__(self, then: Any = None) -> None:
        self.then = then
        self.seen: list[tuple[str, Any]] = []

    def note(self) -> None:
        now = crossing.current()
        self.seen.append((str(now.channel), now.root))

    def __reduce__(self) -> Any:
        self.note()
        if self.then is not None:
            self.then()
            self.note()
        return int, ()


def test_a_reducer_gets_the_crossing_it_is_part_of() -> None:
    obj = Asking()
    root = [obj]
    pickle.dumps(root)
    pickle.dump(root, io.BytesIO())
    assert obj.seen == [("bytes", root)] * 2


def test_what_nobody_asked_about_is_there_when_something_within_it_asks() -> None:
    inner = Asking()
    outer = Asking(lambda: pickle.dumps(inner))

    class Silent:
        def __reduce__(self) -> Any:
            pickle.dumps(outer)
            return int, ()

    silent = Silent()
    pickle.dumps(silent)
    assert inner.seen == [("bytes", inner)]
    assert outer.seen == [("bytes", outer)] * 2


def test_a_crossing_within_a_gate_and_a_gate_within_a_crossing() -> None:
    asked = Asking()

    def within() -> None:
        with crossing.crossing(Channel.COPY):
            pickle.dumps(asked)

    outer = Asking(within)
    with crossing.crossing(Channel.TASK, arms=True):
        pickle.dumps(outer)
        assert crossing.current().channel is Channel.TASK
    assert asked.seen == [("bytes", asked)]
    assert outer.seen == [("bytes", outer)] * 2


def test_an_error_leaves_nothing_behind() -> None:
    def fail() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        pickle.dumps(Asking(fail))
    with pytest.raises(TypeError, match="generator"):
        pickle.dumps(i for i in ())
    with pytest.raises(TypeError):
        pickle.dumps()
    assert _core.passing() is None


def test_it_is_the_function_it_stands_for() -> None:
    assert inspect.signature(pickle.dumps) == inspect.signature(STOCK)
    assert (pickle.dumps.__name__, pickle.dumps.__doc__) == ("dumps", STOCK.__doc__)
    assert copy.deepcopy(pickle.dumps) is pickle.dumps
    there = pickle.loads(pickle.dumps(pickle.dumps))
    assert there is pickle.dumps
    assert pickle.dumps(obj=[1], protocol=2) == STOCK([1], 2)


def test_a_hash_within_which_something_is_pickled_has_tokens_of_neither() -> None:
    def local() -> None: ...

    class Holds:
        def __reduce__(self) -> Any:
            return bytes, (pickle.dumps(local),)

    with crossing.crossing(Channel.HASH):
        assert _core.dumps(Holds()) != b""
    assert pickle.loads(pickle.dumps(local)).__name__ == "local"
