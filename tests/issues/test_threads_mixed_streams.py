"""Reducers written in C may let another thread run (they ask copyreg for slots, or numpy copies): what that thread
dumps meanwhile must not get into the stream."""

from __future__ import annotations

import datetime
from collections import OrderedDict, deque
from typing import Any

import numpy
import pytest

import anypickle
from tests.helpers.threads import in_threads, short_slices  # noqa: F401

THINGS: dict[str, Any] = {
    "OrderedDict": OrderedDict(a=1),
    "deque": deque([1, 2], maxlen=5),
    "timezone": datetime.timezone(datetime.timedelta(hours=1), "here"),
    "array in pieces": numpy.zeros((40, 40))[:, ::2],
}


pytestmark = pytest.mark.usefixtures("short_slices")


@pytest.mark.parametrize("kind", THINGS)
def test_each_thread_gets_its_own_stream(kind: str) -> None:
    value = [THINGS[kind]] * 3 + [[THINGS[kind]], "pad"] * 20
    expected = anypickle.dumps(value)
    wrong = []

    def work() -> None:
        for _ in range(500):
            got = anypickle.dumps(value)
            if got != expected:
                wrong.append(got)

    in_threads(*[work] * 4)
    assert not wrong


def test_what_they_are_written_as_has_not_changed() -> None:
    with_attribute = OrderedDict(x=1)
    with_attribute.note = "hi"  # type: ignore[attr-defined]
    for value in (*THINGS.values(), with_attribute, OrderedDict(), deque(), datetime.UTC):
        arrived = anypickle.loads(anypickle.dumps([value, value]))
        assert arrived[0] is arrived[1]
        assert repr(arrived[0]) == repr(value)
        assert getattr(arrived[0], "maxlen", None) == getattr(value, "maxlen", None)
        assert getattr(arrived[0], "note", None) == getattr(value, "note", None)
