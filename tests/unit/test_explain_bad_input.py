"""Objects whose own code raises, lies or ends the program: the walk goes on, and a finding says what happened."""

from __future__ import annotations

import collections
import functools
import itertools
import re
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

import anypickle
from anypickle.explain.stored import explain_stream


def stuck() -> Iterator[int]:
    yield 1


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def raising(error: BaseException) -> Any:
    class Raising:
        def __reduce__(self) -> NoReturn:
            raise error

        def __repr__(self) -> NoReturn:
            raise error

    return Raising()


class NoClass:
    @property
    def __class__(self) -> NoReturn:  # type: ignore[override]
        raise RuntimeError("no class")


class Nameless(type):
    __module__ = property(lambda cls: 1 / 0)  # type: ignore[assignment]


class HalfMade(Exception):
    args = property(lambda self: 1 / 0)  # type: ignore[assignment]


class NoDict:
    """Made by a program, so that its class is none that is found by name."""

    @property
    def __dict__(self) -> NoReturn:  # type: ignore[override]
        raise RuntimeError("no dict")


class Closed(type):
    """A metaclass that answers for nothing."""

    def __getattribute__(cls, name: str) -> Any:
        if name in ("__mro__", "__dict__", "__bases__"):
            raise RuntimeError(name)
        return super().__getattribute__(name)

    def __hash__(cls) -> NoReturn:
        raise RuntimeError("no hash")

    def __instancecheck__(cls, obj: Any) -> NoReturn:
        raise RuntimeError("no instances")


class Inside:
    def __init__(self, value: Any) -> None:
        self.value, self.stuck = value, stuck()


class Lying:
    """Says that it is something else, each time."""

    kinds = itertools.cycle([dict, type, types.FunctionType, types.ModuleType, int])
    __class__ = property(lambda self: next(self.kinds))  # type: ignore[assignment]

    def __init__(self) -> None:
        self.stuck = stuck()


BAD: dict[str, Callable[[], Any]] = {
    "an error without words": lambda: raising(Mute()),
    "an error whose argument has none": lambda: raising(TypeError(raising(KeyError()))),
    "sys.exit": lambda: raising(SystemExit(3)),
    "an exception of its own": lambda: raising(BaseException("own")),
    "a generator's end": lambda: raising(GeneratorExit()),
    "no class": NoClass,
    "no dict": lambda: type("Local", (NoDict,), {})(),
    "a class that answers for nothing": lambda: Closed("Closed", (), {})(),
    "a class that is another each time": Lying,
    "held by another": lambda: Inside(NoClass()),
    "in a closure": lambda: (lambda value, other: lambda: (value, other))(NoClass(), stuck()),
    "in a class": lambda: type("Local", (), {"value": NoClass(), "other": staticmethod(stuck)}),
    "in a partial": lambda: functools.partial(print, Lying(), stuck()),
    "a class whose module can't be told": lambda: Nameless("Nameless", (), {}),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("channel", ["spawn", "copy", "bytes"])
def test_an_object_that_raises_is_one_finding(name: str, channel: str) -> None:
    generator = stuck()
    report = anypickle.explain([BAD[name](), generator], channel=channel)
    assert any(finding.object is generator for finding in report.blockers), "the walk went on"
    for text in (str(report), report.to_html(), report.to_json(), report.to_dot()):
        assert text.encode()
    if "class" not in name or channel == "spawn":
        assert report.blockers[0].path.startswith(("obj[0]", "obj[1]"))
    if name == "sys.exit":
        assert report.blockers[0].path in ("obj[0]", "obj[1]")


EVIL = "\x1b]0;gone\x07\x1b[31m<script>1</script>\"'&`\u202e\u2066\u200b\u2028"
SHOWN = re.compile("[\x00-\x09\x0b-\x1f\x7f\x85\u200b\u202e\u2066\u2028]|<script>1")


@pytest.mark.parametrize("module", ["os", EVIL])
def test_names_from_a_pickle_steer_nothing(module: str) -> None:
    names = [b"\x8c" + bytes([len(name.encode())]) + name.encode() for name in (module, EVIL)]
    report = explain_stream(b"\x80\x04" + b"".join(names) + b"\x93)R.")
    assert report.findings
    for text in (str(report), report.to_json()):
        assert not SHOWN.search(text.replace("<script>", ""))
    assert not SHOWN.search(report.to_html())
    assert not SHOWN.search(report.to_dot().replace("<script>", ""))


def test_ctrl_c_ends_the_walk() -> None:
    with pytest.raises(KeyboardInterrupt):
        anypickle.explain([raising(KeyboardInterrupt())])


def test_an_exception_that_lies_about_its_arguments_has_paths() -> None:
    error = HalfMade()
    error.rows = stuck()  # type: ignore[attr-defined]
    assert anypickle.explain(error).blockers[0].path == "obj.rows"


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda x: types.SimpleNamespace(**{"class": x}), "obj.__dict__['class']"),
        (lambda x: {float("inf"): x}, "list(obj.values())[0]"),
        (lambda x: collections.UserDict(a=[x]), "obj.data['a'][0]"),
        (lambda x: functools.singledispatch(lambda: x), None),
        (lambda x: types.SimpleNamespace(**{"a\ud800": x}), None),
        (lambda x: types.SimpleNamespace(**{"<img src=x>\x1b[31m": x}), None),
    ],
)
def test_a_path_evaluates_whatever_the_names_are(
    make: Callable[[Any], Any], path: str | None
) -> None:
    planted = stuck()
    obj = make(planted)
    report = anypickle.explain(obj, channel="bytes")
    (finding,) = report.blockers
    assert path is None or finding.path == path
    for each in finding.paths:
        assert eval(each, {"obj": obj}) is planted
    assert "\x1b" not in str(report) and "<img" not in report.to_html()


def test_the_owner_is_told_for_items_local_classes_and_any_first_argument() -> None:
    class Local:
        table = {"x": stuck()}  # here

        def __init__(this, value: Any) -> None:
            this.rows = {"all": [value]}  # there

    found = {f.path: f.owner for f in anypickle.explain([Local(stuck())], "bytes").blockers}
    lines = Path(__file__).read_text().splitlines()
    for path, name, mark in (
        ("obj[0].__class__.table['x']", "table", "# here"),
        ("obj[0].rows['all'][0]", "rows", "# there"),
    ):
        owner = found[path]
        assert owner is not None and owner.attribute == name and owner.file == __file__
        assert owner.line is not None and lines[owner.line - 1].endswith(mark)


def test_an_array_of_objects_has_items() -> None:
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")
    planted = stuck()
    flat, square = numpy.empty(2, object), numpy.empty((2, 2), object)
    flat[1] = square[1, 0] = planted
    assert anypickle.explain(flat, "bytes").blockers[0].path == "obj[1]"
    assert anypickle.explain(square, "bytes").blockers[0].path == "obj.flat[2]"


def test_a_report_shows_itself_in_a_session() -> None:
    report = anypickle.explain({"a": stuck(), "password": "hunter2"})
    assert repr(report) == str(report) and "hunter2" not in repr(report)
    assert report._repr_html_().startswith("<iframe srcdoc=")


@pytest.mark.parametrize(
    ("value", "is_secret"),
    [
        ("ghp_" + "a1" * 18, True),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END", True),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", True),
        ("sk-learn-is-a-library-that-people-like", False),
        ("-----BEGIN CERTIFICATE-----\nMIIE\n-----END", False),
        ("eyJust a sentence of many words.", False),
    ],
)
def test_a_value_that_looks_like_a_secret_is_told_and_not_shown(
    value: str, is_secret: bool
) -> None:
    report = anypickle.explain({"x": [value]})
    found = [finding.detector for finding in report.findings]
    assert found == (["secret-by-shape"] if is_secret else [])
    assert value not in str(report) + report.to_html() + report.to_json() + report.to_dot()
