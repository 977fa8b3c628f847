"""What is found besides blockers: each detector of the table has an object here that it is told of."""

from __future__ import annotations

import collections
import copy
import functools
import importlib.util
import pickle
import re
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import anypickle
from anypickle.explain import Finding, Severity, detectors
from anypickle.explain.stored import explain_stream
from tests.helpers.programs import ProgramRunner

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
MIB = 1 << 20


def only(obj: Any, channel: str = "spawn") -> Finding:
    (finding,) = anypickle.explain(obj, channel=channel).findings
    return finding


class Model:
    def __init__(self, weights: Any = None) -> None:
        self.weights = weights

    def predict(self) -> None: ...


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Any]:
    """A module of a program's, from a file."""
    file = tmp_path / "a_module_of_mine.py"
    file.write_text("class Kind:\n    pass\n\n\ndef function():\n    pass\n")
    spec = importlib.util.spec_from_file_location("a_module_of_mine", file)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[made.__name__] = made
    spec.loader.exec_module(made)
    yield made
    del sys.modules[made.__name__]
    detectors._is_gone.cache_clear()


def test_every_detector_has_its_section() -> None:
    sections = set(re.findall(r"(?m)^### (\S+)$", PAGE.read_text()))
    assert set(detectors.WORDS) <= sections


def test_a_class_that_its_name_no_longer_means(module: Any) -> None:
    old, instance = module.Kind, module.Kind()
    assert anypickle.explain(instance).findings == ()
    module.__spec__.loader.exec_module(module)  # reloaded
    finding = only([old])
    assert (finding.detector, finding.severity) == ("not-itself", Severity.LOAD)
    assert "a_module_of_mine.Kind now means another one" in finding.meaning
    assert anypickle.explain(module.Kind()).findings == ()


def test_what_a_decorator_wraps_is_itself(module: Any) -> None:
    inner = module.function

    @functools.wraps(inner)
    def wrapper() -> None:
        inner()

    module.function = wrapper
    anypickle.register_by_value(module)
    try:
        assert {f.detector for f in anypickle.explain(wrapper).findings} == set()
    finally:
        anypickle.unregister_by_value(module)


def test_a_module_whose_file_is_gone(module: Any) -> None:
    Path(module.__file__).unlink()
    finding = only(module.Kind())
    assert finding.detector == "module-gone"
    assert finding.path == "obj.__class__"


def test_a_module_that_was_made_by_hand() -> None:
    made = types.ModuleType("made_by_hand_too")
    exec("class Kind: pass", vars(made))
    sys.modules[made.__name__] = made
    try:
        assert "module-without-spec" in {f.detector for f in anypickle.explain(made.Kind).findings}
    finally:
        del sys.modules[made.__name__]


def test_code_in_a_file() -> None:
    finding = only({"key": lambda: 1}, channel="file")
    assert (finding.detector, finding.path) == ("code-of-a-version", "obj['key']")
    assert anypickle.explain({"key": lambda: 1}, channel="task").findings == ()


@pytest.mark.parametrize("kind", [threading.Lock, threading.RLock])
def test_a_lock_that_is_held(kind: Any) -> None:
    lock = kind()
    with lock:
        finding = only(Model(lock))
    assert (finding.detector, finding.severity) == ("held-lock", Severity.LOAD)
    assert (finding.path, finding.policy) == ("obj.weights", "fresh")
    assert only(Model(lock)).detector == "crosses-fresh"


class Named:
    def __init__(self, name: str) -> None:
        self.name = name
        self.near: Any = None

    def __hash__(self) -> int:
        return hash(self.name)


class NamedFirst(Named):
    def __new__(cls, name: str) -> Any:
        self = super().__new__(cls)
        self.name = name
        return self

    def __getnewargs__(self) -> tuple[str]:
        return (self.name,)


@pytest.mark.parametrize("kind", [Named, NamedFirst])
@pytest.mark.parametrize(
    "around",
    [
        lambda member: {member},
        lambda member: frozenset([member]),
        lambda member: {member: 1},
        lambda member: collections.OrderedDict({member: 1}),
        lambda member: [{(1, (member,))}],
        lambda member: {1: member},
    ],
)
@pytest.mark.parametrize("from_the_set", [False, True])
def test_what_is_hashed_before_it_has_its_attributes(
    kind: Any, around: Any, from_the_set: bool
) -> None:
    member = kind("a")
    member.near = around(member)
    graph = member.near if from_the_set else member
    for channel, cross in (
        ("bytes", lambda: pickle.loads(anypickle.dumps(graph))),
        ("copy", lambda: copy.deepcopy(graph)),
    ):
        told = [f for f in anypickle.explain(graph, channel) if f.detector == "hashed-early"]
        with anypickle.installed():
            if told:
                assert told[0].object is member and told[0].severity is Severity.LOAD
                with pytest.raises(AttributeError, match="name"):
                    cross()
            else:
                cross()


def test_equal_payloads() -> None:
    findings = anypickle.explain({"a": bytes(MIB), "b": [bytes(bytearray(MIB))]}).findings
    assert [(f.detector, f.path) for f in findings] == [
        ("large", "obj['a']"),
        ("duplicate", "obj['b'][0]"),
    ]
    assert "the same as at obj['a']" in findings[1].meaning
    several = anypickle.explain([bytes(MIB), b"x" * MIB, "x" * MIB, bytearray(MIB)]).findings
    assert [f.detector for f in several] == ["large", "large", "large", "duplicate"]


def test_what_a_function_takes_along_with_every_task() -> None:
    weights = bytes(MIB)
    for function in (
        Model(weights).predict,
        functools.partial(print, weights),
        lambda: weights,
    ):
        finding = anypickle.explain(function, channel="task").findings[0]
        assert finding.detector == "with-every-task"
        assert eval(finding.path, {"obj": function}) is weights
        assert anypickle.explain(function, channel="spawn").findings[0].detector == "large"


def test_an_array_in_a_closure() -> None:
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")

    def local() -> Any:
        array = numpy.ones((4, MIB // 8))
        return lambda: array

    finding = only(local())
    assert finding.path == "obj.__closure__[0].cell_contents"
    assert isinstance(finding.object, numpy.ndarray)
    assert finding.size == 4 * MIB
    assert finding.owner is not None and finding.owner.attribute == "array"


def test_payloads_are_not_copied_to_be_told_of() -> None:
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")
    import tracemalloc

    array = numpy.ones(8 * MIB)
    tracemalloc.start()
    try:
        assert only([array]).size == array.nbytes
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def test_the_namespace_of_a_module() -> None:
    report = anypickle.explain({"all": vars(functools)})
    (finding,) = [f for f in report.findings if f.detector == "module-namespace"]
    assert (finding.path, finding.severity) == ("obj['all']", Severity.COST)
    assert "the module functools" in finding.meaning


def test_an_interactive_session(run_script: ProgramRunner) -> None:
    program = """
    import sys, anypickle
    del sys.modules["__main__"].__file__
    class Kind: pass
    for finding in anypickle.explain(Kind()).findings: print(finding.detector, finding.path)
    """
    assert run_script(program).ok().stdout.split() == ["main-without-file", "obj.__class__"]


def test_a_name_that_a_module_has_no_more() -> None:
    (finding,) = explain_stream(b"cfunctools\nno_such_name\n.").blockers
    assert finding.detector == "missing-name"
    assert explain_stream(b"\x80\x04\x8c\x09functools\x8c\x07partial\x93.").ok
    assert explain_stream(b"\x80\x04\x8c\x08datetime\x8c\x0cdatetime.now\x93.").ok
