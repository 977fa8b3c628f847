"""What explain calls fine dumps carries, and what it calls blocked dumps refuses: they are one walk."""

from __future__ import annotations

import codecs
import copy
import functools
import io
import multiprocessing
import random
import socket
import sys
import threading
import urllib.error
import weakref
import zlib
from collections.abc import Callable, Iterator
from multiprocessing import context
from multiprocessing.reduction import ForkingPickler
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import anypickle


class Holder:
    def __init__(self, value: Any) -> None:
        self.value = value


fine = st.one_of(
    st.none(),
    st.integers(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.just(len),
    st.just(threading.Lock),
    st.builds(threading.RLock),
    st.builds(object),
)
blocked = st.one_of(
    st.builds(lambda: (i for i in ())),
    st.builds(lambda: threading.current_thread()),
)


def containers(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(children, max_size=3),
        st.tuples(children, children),
        st.dictionaries(st.text(max_size=3), children, max_size=3),
        st.builds(Holder, children),
        st.builds(functools.partial, st.just(print), children),
        st.builds(lambda x: lambda: x, children),
        st.builds(lambda x: type("Local", (), {"x": x}), children),
    )


graphs = st.recursive(st.one_of(fine, fine, blocked), containers, max_leaves=12)


@settings(max_examples=300, deadline=None)
@given(graphs)
def test_explain_and_dumps_agree(graph: Any) -> None:
    report = anypickle.explain(graph, channel="bytes")
    error: Exception | None = None
    try:
        anypickle.dumps(graph)
    except Exception as raised:
        error = raised
    assert report.ok == (error is None), f"{report}\n{error!r}"
    if error is not None:
        assert report.blockers[0].path
        assert any(finding.object is getattr(error, "object", None) for finding in report.blockers)


@settings(max_examples=100, deadline=None)
@given(graphs)
def test_explain_and_deepcopy_agree(graph: Any) -> None:
    report = anypickle.explain(graph, channel="copy")
    with anypickle.installed():
        try:
            copy.deepcopy(graph)
        except Exception as error:
            assert not report.ok, f"{report}\n{error!r}"
        else:
            assert report.ok, str(report)


class Strict(Exception):
    def __init__(self, *, code: int) -> None:
        super().__init__("m")
        self.code = code


class Delegating:
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Copied:
    """Holds what nobody can copy, and leaves it out."""

    def __init__(self) -> None:
        self.rows = (i for i in "ab")

    def __deepcopy__(self, memo: Any) -> Copied:
        return Copied()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Strict(code=3),
        lambda: [Delegating([1])],
        lambda: codecs.getreader("utf-8")(io.BytesIO(b"abc")),
        lambda: staticmethod(len),
        lambda: vars(threading.Thread)["daemon"],
        lambda: vars(type(lambda: 0))["__code__"],
        lambda: random.SystemRandom(),
        lambda: sys.version_info,
        lambda: urllib.error.HTTPError("http://localhost", 404, "no", {}, None),  # type: ignore[arg-type]
        lambda: weakref.WeakMethod(threading.current_thread().is_alive),
        lambda: zlib.compressobj(),
        lambda: Copied().rows,
    ],
)
def test_what_copies_copies_and_what_does_not_is_told(make: Callable[[], Any]) -> None:
    made = make()
    report = anypickle.explain(made, channel="copy")
    with anypickle.installed():
        try:
            twin = copy.deepcopy(made)
        except Exception as error:
            assert not report.ok, f"{report}\n{error!r}"
        else:
            assert report.ok, str(report)
            assert type(twin) is type(made)
            _close(twin)
    _close(made)


def _close(obj: Any) -> None:
    """An HTTPError is a response, and Python 3.14 warns of one that nobody has closed."""
    if isinstance(obj, urllib.error.HTTPError):
        obj.close()


@pytest.fixture
def stuff() -> Iterator[dict[str, Any]]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield {
            "lock": spawn.Lock(),
            "value": spawn.Value("i", 3),
            "event": spawn.Event(),
            "key": multiprocessing.current_process().authkey,
            "socket": ours,
        }


class Starting:
    """A process that is being started, for its objects."""

    def duplicate_for_child(self, descriptor: int) -> int:
        return descriptor

    def DupFd(self, descriptor: int) -> int:
        return descriptor


@pytest.mark.parametrize("name", ["lock", "value", "event", "key", "socket"])
def test_what_multiprocessing_hands_over_is_told(stuff: dict[str, Any], name: str) -> None:
    made = {name: stuff[name]}
    threads = threading.active_count()
    assert anypickle.explain(made, channel="spawn").ok
    assert anypickle.explain(made, channel="task").ok == (name == "socket")
    assert not anypickle.explain(made, channel="bytes").ok
    assert threading.active_count() == threads, "no descriptor was duplicated for anybody"
    with anypickle.installed():
        context.set_spawning_popen(Starting())  # type: ignore[attr-defined]
        try:
            ForkingPickler.dumps(made)
        finally:
            context.set_spawning_popen(None)  # type: ignore[attr-defined]


def test_a_class_that_copies_itself_may_leave_it_out() -> None:
    (blocker,) = anypickle.explain([Copied()], channel="copy").blockers
    assert blocker.path == "obj[0].rows"
    assert blocker.meaning.endswith(
        "Unless Copied.__deepcopy__, which nobody asks here, leaves it out."
    )
