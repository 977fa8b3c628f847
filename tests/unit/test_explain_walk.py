"""Every blocker of a graph is found in one walk, with a path that evaluates to it."""

from __future__ import annotations

import collections
import contextvars
import dataclasses
import functools
import itertools
import logging
import queue
import subprocess
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import anypickle
from anypickle import _core
from anypickle.explain import Report, Severity


def stuck() -> Iterator[int]:
    """A generator: nothing carries it."""
    yield 1


class Plain:
    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Slotted:
    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner


class WithState:
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getstate__(self) -> dict[str, Any]:
        return {"_inner": self._inner}


class Named(collections.namedtuple("Named", ["left", "right"])):
    pass


class WithMethod(Plain):
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def method(self) -> Any:
        return self.inner


class SlottedWithDict(Slotted):
    def __init__(self, inner: Any) -> None:
        super().__init__(1)
        self.more = inner


@dataclasses.dataclass
class Record:
    number: int
    items: list[Any]


def decorated(planted: Any) -> Any:
    def function() -> None:
        return None

    function.planted = planted  # type: ignore[attr-defined]
    return function


def filled(target: Any, item: Any) -> Any:
    target.put(item)
    return target


def with_attribute(obj: Any, planted: Any) -> Any:
    obj.planted = planted
    return obj


VARIABLE: contextvars.ContextVar[Any] = contextvars.ContextVar("VARIABLE")


def in_context(planted: Any) -> contextvars.Context:
    context = contextvars.Context()
    context.run(VARIABLE.set, planted)
    return context


def blockers(obj: Any, **options: Any) -> Report:
    report = anypickle.explain(obj, **options)
    assert all(f.severity is Severity.BLOCKER for f in report.blockers)
    return report


PLANTED: dict[str, Callable[[Any], Any]] = {
    "itself": lambda x: x,
    "list": lambda x: [0, x],
    "tuple": lambda x: (0, (1, x)),
    "dict": lambda x: {"a": {"b": x}},
    "dict with odd keys": lambda x: {3: x, b"k": 1, None: 2, 1.5: 3},
    "dict key": lambda x: {"ok": 1, x: 2},
    "set": lambda x: {x},
    "frozenset": lambda x: frozenset([x, 1]),
    "attribute": lambda x: Plain(a=Plain(b=x)),
    "attribute that is no identifier": lambda x: Plain(**{"a b": x}),
    "slot": lambda x: Slotted(x),
    "state": lambda x: WithState(x),
    "namedtuple": lambda x: Named(1, x),
    "deque": lambda x: collections.deque([1, x]),
    "ordered dict": lambda x: collections.OrderedDict(a=x),
    "default dict": lambda x: collections.defaultdict(list, a=[x]),
    "counter key": lambda x: collections.Counter({x: 2}),
    "namespace": lambda x: types.SimpleNamespace(a=[x]),
    "partial argument": lambda x: functools.partial(print, 1, x),
    "partial keyword": lambda x: functools.partial(print, end=x),
    "bound method": lambda x: Plain(a=Slotted(x)).__init__,
    "deep": lambda x: functools.reduce(lambda inner, _: [inner], range(50), x),
    "exception": lambda x: ValueError("told", x),
    "cycle": lambda x: (lambda box: box.append(box) or box)([x]),
    "shared": lambda x: [[x], [x]],
    "late in a large list": lambda x: [*range(5000), x],
    "mapping proxy": lambda x: types.MappingProxyType({"a": x}),
    "dict view": lambda x: {"a": x}.values(),
    "iterator": lambda x: iter([1, x]),
    "zip": lambda x: zip([x], [1], strict=True),
    "closure": lambda x: lambda: x,
    "closure in a closure": lambda x: lambda: lambda: x,
    "default": lambda x: lambda y=x: y,
    "keyword default": lambda x: lambda *, y=x: y,
    "global": lambda x: eval("lambda: planted", {"planted": x}),
    "function attribute": lambda x: decorated(x),
    "wrapped function": lambda x: functools.wraps(lambda: x)(lambda: None),
    "cached function": lambda x: functools.cache(lambda: x),
    "partial of a closure": lambda x: functools.partial(lambda: x),
    "class attribute": lambda x: type("Local", (), {"attribute": x}),
    "class attribute of an instance": lambda x: type("Local", (), {"attribute": x})(),
    "property of a class": lambda x: type("Local", (), {"p": property(lambda self: x)}),
    "class method": lambda x: type("Local", (), {"m": classmethod(lambda cls: x)}),
    "base class": lambda x: type("Derived", (type("Base", (), {"attribute": x}),), {}),
    "method of an instance": lambda x: WithMethod(x).method,
    "cell": lambda x: (lambda: x).__closure__[0],  # type: ignore[index]
    "queue": lambda x: filled(queue.Queue(), x),
    "lock owner": lambda x: Plain(lock=threading.RLock(), rest=[x]),
    "weak reference's owner": lambda x: [x, weakref.ref(Plain)],
    "user dict": lambda x: collections.UserDict(a=x),
    "user list": lambda x: collections.UserList([x]),
    "chain map": lambda x: collections.ChainMap({}, {"a": x}),
    "dataclass": lambda x: Record(1, [x]),
    "logging handler": lambda x: with_attribute(logging.NullHandler(), x),
    "simple queue": lambda x: filled(queue.SimpleQueue(), x),
    "thread's argument": lambda x: threading.Thread(target=print, args=(x,)),
    "context variable's value": lambda x: in_context(x),
    "enumerate": lambda x: enumerate([x]),
    "map": lambda x: map(print, [x]),
    "slots and a dict": lambda x: SlottedWithDict(x),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_blocker_is_found(name: str) -> None:
    planted = stuck()
    obj = PLANTED[name](planted)
    report = blockers(obj)
    assert not report and not report.ok
    found = [f for f in report.blockers if f.object is planted]
    assert len(found) == 1, str(report)
    assert len(report.blockers) == 1, str(report)


WITH_EXPRESSION = sorted(set(PLANTED) - {"exception", "simple queue", "context variable's value"})


@pytest.mark.parametrize("name", WITH_EXPRESSION)
def test_its_path_is_an_expression_that_evaluates_to_it(name: str) -> None:
    planted = stuck()
    obj = PLANTED[name](planted)
    for path in blockers(obj).blockers[0].paths:
        assert eval(path, {"obj": obj}) is planted, path


def test_all_of_them_are_found_in_one_walk() -> None:
    planted = [stuck() for _ in range(20)]
    graph = [PLANTED[name](item) for name, item in zip(PLANTED, planted, strict=False)]
    assert {id(f.object) for f in blockers(graph).blockers} == {id(item) for item in planted}


def test_every_path_to_a_shared_one_is_named() -> None:
    planted = stuck()
    finding = blockers({"a": planted, "b": [planted]}).blockers[0]
    assert finding.paths == ("obj['a']", "obj['b'][0]")


def test_what_crosses_has_nothing_to_tell() -> None:
    report = anypickle.explain({"a": [1, 2.5, "x"], "b": (None, True)})
    assert report and report.ok and not report.findings
    assert report.visited == 10
    written = len(_core.dumps({"a": [1, 2.5, "x"], "b": (None, True)}, 5))
    assert written <= report.size <= written + report.visited  # dumps leaves out needless MEMOIZEs


def test_a_large_payload_is_told_once() -> None:
    data = bytes(3 << 20)
    findings = anypickle.explain([data, data]).findings
    assert [(f.severity, f.path, f.size) for f in findings] == [(Severity.COST, "obj[0]", 3 << 20)]


def test_a_secret_is_named_and_never_shown() -> None:
    report = anypickle.explain(Plain(api_key="sk-very-secret", token=None, password="changeme"))
    assert [f.path for f in report.findings] == ["obj.api_key"]
    assert report.ok
    for page in (str(report), report.to_json(), report.to_html(), report.to_dot()):
        assert "sk-very-secret" not in page


@pytest.mark.parametrize(
    "kind", [dict, collections.OrderedDict, functools.partial(collections.defaultdict, list)]
)
def test_a_secret_is_found_in_whatever_dict_it_is(kind: Callable[..., Any]) -> None:
    (finding,) = anypickle.explain([kind(api_key="sk-very-secret")])
    assert (finding.path, finding.severity) == ("obj[0]['api_key']", Severity.SECRET)


def test_the_walk_ends_where_it_is_told_to() -> None:
    report = anypickle.explain([[i] for i in range(1000)], max_objects=100)
    assert not report.complete and not report.ok
    assert "unfinished" in str(report)
    (finding,) = report
    assert (finding.detector, finding.severity) == ("unfinished", Severity.COST)


class Hostile:
    """Everything that a walk might ask raises."""

    def _raise(self, *args: Any) -> Any:
        raise RuntimeError("no")

    __getattr__ = __repr__ = __eq__ = __hash__ = __str__ = __bool__ = _raise


class RaisingReduce:
    def __reduce_ex__(self, protocol: int) -> Any:
        raise LookupError("\x1b[31mred\x1b[0m")


class Endless:
    def __reduce__(self) -> Any:
        return Endless, (), {"next": Endless()}


class Lying:
    @property
    def __class__(self) -> Any:  # type: ignore[override]
        return dict


@pytest.mark.parametrize("kind", [Hostile, RaisingReduce, Lying])
def test_hostile_objects_are_told_of_and_passed_over(kind: type) -> None:
    planted = stuck()
    report = anypickle.explain([kind(), planted])
    assert any(f.object is planted for f in report.blockers)
    assert "\x1b" not in str(report) + report.to_html() + report.to_dot()


def endlessly() -> Iterator[list[int]]:
    while True:
        yield [1]


class EndlessItems:
    def __reduce__(self) -> Any:
        return list, (), None, endlessly()


class EndlessList(list[int]):
    def __iter__(self) -> Any:
        return endlessly()


class EndlessDict(dict[str, int]):
    def items(self) -> Any:
        return ((str(i), i) for i in itertools.count())


class EndlessTree:
    def __reduce__(self) -> Any:
        return EndlessTree, ([EndlessTree(), EndlessTree()],)


@pytest.mark.parametrize("kind", [EndlessItems, EndlessList, EndlessDict, Endless, EndlessTree])
@pytest.mark.parametrize("channel", ["spawn", "copy"])
def test_a_graph_without_end_ends_and_is_told_of(kind: Any, channel: str) -> None:
    report = anypickle.explain({"fine": [1], "a": [kind()]}, channel, max_objects=100_000)
    assert not report.complete
    (finding,) = report.blockers
    assert (finding.path, finding.detector) == ("obj['a'][0]", "endless")
    assert type(finding.object) is kind
    assert ("deep" if "Tree" in kind.__name__ or kind is Endless else "items") in finding.meaning


def test_values_with_reducers_take_little_memory() -> None:
    program = """
import datetime, resource, anypickle
graph = [datetime.datetime(2020, 1, 1) + datetime.timedelta(seconds=i) for i in range(300_000)]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = anypickle.explain(graph)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / report.visited)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert float(done.stdout) <= 40


def test_reducers_run_no_more_often_than_in_a_dump() -> None:
    calls: list[int] = []

    class Counting:
        def __reduce__(self) -> Any:
            calls.append(1)
            return list, ()

    anypickle.explain([Counting(), stuck(), Counting()])
    assert len(calls) == 2


def test_an_unknown_channel_is_an_error() -> None:
    with pytest.raises(ValueError, match="teleport"):
        anypickle.explain(1, channel="teleport")


def test_what_explain_calls_fine_dumps_carries() -> None:
    graph = {name: PLANTED[name](("fine", len(name))) for name in PLANTED if name != "deep"}
    report = anypickle.explain(graph, channel="bytes")
    assert report.ok
    anypickle.dumps(graph)


def policies(obj: Any, channel: str) -> dict[str, str | None]:
    return {f.path: f.policy for f in anypickle.explain(obj, channel=channel).findings}


def test_what_a_worker_is_handed_is_told_as_shared() -> None:
    handed = {
        "queue": queue.Queue(),
        "lock": threading.Lock(),
        "owner": Plain(lock=threading.Lock()),
    }
    for channel in ("spawn", "task"):
        assert policies(handed, channel) == {
            "obj['queue']": "shared",
            "obj['lock']": "shared",
            "obj['owner'].lock": "fresh",
        }
    assert policies(handed, "bytes")["obj['queue']"] == "copy"


def test_what_a_shared_queue_holds_goes_along() -> None:
    planted = stuck()
    report = anypickle.explain({"queue": filled(queue.Queue(), planted)}, channel="spawn")
    assert [f.object for f in report.blockers] == [planted]


def test_a_queue_is_told_of_as_a_whole_and_a_lock_of_somebody_elses_too() -> None:
    lock = threading.RLock()
    told = policies({"condition": threading.Condition(lock), "lock": lock}, "bytes")
    assert told == {"obj['condition']": "fresh", "obj['lock']": "fresh"}


def test_every_path_to_what_crosses_by_a_policy_is_named() -> None:
    lock = threading.Lock()
    (finding,) = anypickle.explain(Plain(a=lock, b=[lock]), channel="bytes").findings
    assert finding.paths == ("obj.a", "obj.b[0]")


@pytest.mark.slow
def test_ten_million_objects_end_and_take_little_memory() -> None:
    program = """
import resource, anypickle
class Node:
    __slots__ = ("left", "right")
    def __init__(self, left, right): self.left, self.right = left, right
class Endless:
    def __reduce__(self): return Endless, (), {"next": Endless()}
graph = [Node((i,), [i]) for i in range(700_000)]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = anypickle.explain(graph)
used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
print(report.ok, report.visited, used / report.visited)
report = anypickle.explain([[i % 100] for i in range(200)] * 50_000, max_objects=10_000_000)
print(report.complete, report.visited)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=110, check=True
    )
    (ok, visited, each), (complete, met) = map(str.split, done.stdout.splitlines())
    assert ok == "True" and int(visited) > 3_000_000
    assert float(each) <= 64
    assert (complete, int(met) >= 10_000_000) in (("True", True), ("False", True))
