"""What explain calls fine reaches a process that is started with it and a worker that is sent it; the rest does not."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import functools
import io
import logging
import multiprocessing
import queue
import threading
import types
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import anypickle


class Holder:
    def __init__(self, value: Any) -> None:
        self.value = value

    def method(self) -> Any:
        return self.value


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Hashed(Holder):
    def __hash__(self) -> int:
        return hash(str(type(self.value)))


class WantsTwo(Exception):
    def __init__(self, one: Any, two: Any) -> None:
        super().__init__("said")
        self.one, self.two = one, two


class Refuses:
    def __reduce__(self) -> Any:
        raise LookupError("never")


FINE: tuple[Callable[[], Any], ...] = (
    lambda: None,
    lambda: 2**70,
    lambda: "text",
    lambda: datetime.datetime(2026, 1, 2),
    lambda: decimal.Decimal("1.5"),
    lambda: len,
    lambda: threading.Lock,
    lambda: io.BytesIO(b"x"),
    lambda: logging.getLogger("a"),
    lambda: types.SimpleNamespace(a=1),
    lambda: types.MethodType(lambda self: self, 1),
    lambda: Holder(1).method,
    lambda: {1, "a"}.union,
    lambda: iter([1, 2]),
    threading.Lock,
    threading.RLock,
    threading.Event,
    threading.Condition,
    queue.Queue,
    queue.SimpleQueue,
    object,
)
BLOCKED: tuple[Callable[[], Any], ...] = (
    lambda: (i for i in ()),
    threading.current_thread,
    Refuses,
    lambda: contextlib.contextmanager(lambda: iter("a"))().gen.__next__,
    lambda: vars(io)["open"](0, closefd=False),  # a descriptor without a name
)
leaves = st.sampled_from(FINE + FINE + FINE + BLOCKED).map(lambda make: make())


def containers(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(children, max_size=3),
        st.tuples(children, children),
        st.dictionaries(st.text(max_size=3), children, max_size=3),
        st.builds(Holder, children),
        st.builds(Slotted, children),
        st.builds(lambda x: {Hashed(x)}, children),
        st.builds(lambda x: {frozenset([Hashed(x)]): x}, children),
        st.builds(WantsTwo, children, children),
        st.builds(functools.partial, st.just(print), children),
        st.builds(lambda x: Holder(x).method, children),
        st.builds(lambda x: lambda: x, children),
        st.builds(lambda x: type("Local", (), {"x": x}), children),
    )


graphs = st.recursive(leaves, containers, max_leaves=10)
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]


def receive(connection: Connection) -> None:
    """A worker that says of each thing that it is sent whether it has it."""
    while True:
        try:
            connection.recv()
        except EOFError:
            return
        except Exception as error:
            connection.send(repr(error))
        else:
            connection.send("")


@pytest.fixture
def worker() -> Iterator[Connection]:
    with anypickle.installed():
        here, there = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=receive, args=(there,))
        process.start()
        there.close()
        with here:
            yield here
        process.join(20)
        process.close()


def test_a_task(worker: Connection) -> None:
    @settings(max_examples=150, deadline=None, suppress_health_check=CHECKS)
    @given(graphs)
    def crosses(graph: Any) -> None:
        report = anypickle.explain(graph, channel="task")
        try:
            worker.send(graph)
        except Exception as error:
            assert not report.ok, f"{report}\n{error!r}"
        else:
            assert worker.poll(20)
            assert (report.ok, worker.recv()) == (True, ""), str(report)

    crosses()


def have(_: list[Any]) -> None:
    """What a process is started with is there."""


def test_a_process_that_is_started() -> None:
    context = multiprocessing.get_context("spawn")

    @settings(max_examples=4, deadline=None, suppress_health_check=CHECKS)
    @given(st.lists(graphs, min_size=15, max_size=40))
    def crosses(all_of_them: list[Any]) -> None:
        fine, blocked = [], []
        for graph in all_of_them:
            (fine if anypickle.explain(graph, channel="spawn") else blocked).append(graph)
        for graph in blocked:
            with pytest.raises(Exception):  # noqa: B017
                context.Process(target=have, args=([graph],)).start()
        process = context.Process(target=have, args=(fine,))
        process.start()
        process.join(30)
        assert process.exitcode == 0
        process.close()

    with anypickle.installed():
        crosses()
