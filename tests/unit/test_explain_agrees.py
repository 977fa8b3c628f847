"""What explain calls fine dumps carries, and what it calls blocked dumps refuses: they are one walk."""

from __future__ import annotations

import functools
import threading
from typing import Any

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
