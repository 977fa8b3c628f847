"""Exceptions arrive, whatever their __init__ wants."""

from __future__ import annotations

import json
import linecache
import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest

import anypickle
from anypickle import registry


class TwoArguments(Exception):
    """Hands one argument on and keeps the other."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class KeywordOnly(ValueError):
    def __init__(self, *, detail: str) -> None:
        super().__init__()
        self.detail = detail


class FromResponse(OSError):
    """What it is made of can't be had again from what it hands on."""

    def __init__(self, response: dict[str, Any]) -> None:
        super().__init__(5, "broken", response["url"])
        self.response = response


class Plain(Exception):
    pass


@pytest.mark.parametrize(
    "error",
    [
        TwoArguments("no", 7),
        KeywordOnly(detail="x"),
        FromResponse({"url": "/there"}),
        Plain("a", 1),
        KeyError("k"),
        OSError(2, "gone", "/file"),
        SystemExit(3),
        StopIteration(4),
    ],
)
@pytest.mark.parametrize("channel", ["bytes", "task", "spawn"])
def test_class_arguments_and_attributes_arrive(error: BaseException, channel: str) -> None:
    error.add_note("a note")
    there = pickle.loads(anypickle.dumps(error, channel=channel))
    assert type(there) is type(error)
    assert there.args == error.args
    assert vars(there) == vars(error)
    assert str(there) == str(error)
    for field in ("errno", "filename", "code", "value"):
        assert getattr(there, field, None) == getattr(error, field, None)


def test_what_pickle_can_rebuild_is_written_as_pickle_writes_it() -> None:
    for error in (Plain("a"), KeyError("k"), OSError(2, "gone")):
        assert pickle.loads(anypickle.dumps(error)).args == error.args
        assert b"anypickle" not in anypickle.dumps(error)


def test_an_error_about_what_cannot_cross_crosses_itself() -> None:
    with pytest.raises(TypeError) as caught:
        anypickle.dumps({"a": list(range(3)), "b": (i for i in range(3))})
    there = pickle.loads(anypickle.dumps(caught.value, channel="task"))
    assert there.path == "obj['b']"
    assert not hasattr(there, "object")


def test_attributes_of_the_programs_own_classes_are_kept() -> None:
    error = Plain("x")
    error.path, error.object = "mine", "mine too"  # type: ignore[attr-defined]
    assert vars(pickle.loads(anypickle.dumps(error))) == vars(error)


# --- causes and tracebacks --------------------------------------------------------------------------------------


def _caught() -> ValueError:
    def divide(zero: int) -> float:
        return 1 / zero

    try:
        try:
            divide(0)
        except ZeroDivisionError as error:
            raise ValueError("outer") from error
    except ValueError as error:
        return error


def test_causes_and_tracebacks_print_as_they_did() -> None:
    error = _caught()
    there = pickle.loads(anypickle.dumps(error))
    assert _printed(there) == _printed(error)
    assert isinstance(there.__cause__, ZeroDivisionError)
    assert there.__context__ is there.__cause__
    with pytest.raises(ValueError, match="outer") as raised:
        raise there
    assert "return 1 / zero" in _printed(raised.value)


def _printed(error: BaseException) -> str:
    """The text of a traceback but for the marks under its lines, which need columns."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join(line for line in lines if line.strip(" ^~"))


def test_source_lines_are_there_without_the_file(tmp_path: Path) -> None:
    path = tmp_path / "gone.py"
    path.write_text("def f():\n    return 1 / 0  # here\n")
    scope: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    with pytest.raises(ZeroDivisionError) as caught:
        scope["f"]()
    data = anypickle.dumps(caught.value)
    path.unlink()
    linecache.checkcache()
    assert "return 1 / 0  # here" in _printed(pickle.loads(data))


def test_one_of_a_chain_that_cannot_cross_keeps_no_other_from_arriving() -> None:
    error = ValueError("outer")
    error.__cause__ = KeyError(x for x in [1])
    error.__cause__.__cause__ = IndexError("first")
    there = pickle.loads(anypickle.dumps(error))
    assert type(there.__cause__).__name__ == "RemoteError"
    assert "builtins.KeyError" in str(there.__cause__)
    assert "generator" in str(there.__cause__)
    assert type(there.__cause__.__cause__) is IndexError


def test_suppressed_contexts_stay_suppressed() -> None:
    error = _caught()
    error.__cause__, error.__suppress_context__ = None, True
    there = pickle.loads(anypickle.dumps(error))
    assert there.__suppress_context__
    assert there.__cause__ is None
    assert isinstance(there.__context__, ZeroDivisionError)


def test_classes_with_a_reduce_of_their_own_bring_their_traceback() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("{")
    there = pickle.loads(anypickle.dumps(caught.value))
    assert (there.pos, there.doc) == (1, "{")
    assert "json.loads" in _printed(there)


class SaysWhatItIsMadeOf(Exception):
    def __reduce__(self) -> Any:
        return type(self), self.args


class SetsItsOwnState(Exception):
    def __reduce__(self) -> Any:
        return type(self), self.args, ("mine",)

    def __setstate__(self, state: Any) -> None:
        self.state = state


@pytest.mark.parametrize("kind", [SaysWhatItIsMadeOf, SetsItsOwnState])
def test_classes_that_say_what_they_are_made_of_keep_notes_and_causes(kind: Any) -> None:
    error = kind("x", 1)
    error.add_note("a note")
    error.__cause__ = KeyError("k")
    there = pickle.loads(anypickle.dumps(error))
    assert (type(there), there.args, there.__notes__) == (kind, ("x", 1), ["a note"])
    assert type(there.__cause__) is KeyError
    assert getattr(there, "state", ("mine",)) == ("mine",)
    again = pickle.loads(anypickle.dumps(ExceptionGroup("all", [error]))).exceptions[0]
    assert (again.__notes__, type(again.__cause__)) == (["a note"], KeyError)


def test_a_traceback_arrives_by_itself_and_in_a_log_record() -> None:
    error = _caught()
    there = pickle.loads(anypickle.dumps(error.__traceback__))
    assert (
        traceback.format_tb(there)[0].splitlines()[:2]
        == (traceback.format_tb(error.__traceback__)[0].splitlines()[:2])
    )
    info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("n", logging.ERROR, "p", 1, "m", (), info)
    assert "ZeroDivisionError" in logging.Formatter().format(pickle.loads(anypickle.dumps(record)))


NEVER_RAISED = [
    ValueError("text", 1),
    KeyError(("a", "b")),
    Plain(["list"]),
    TwoArguments("no", 7),
    FileNotFoundError(2, "no such", "file"),
    StopIteration(5),
    SystemExit(3),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "why"),
    Plain(),
]


@pytest.mark.parametrize("error", NEVER_RAISED, ids=lambda error: type(error).__name__)
def test_one_that_was_never_raised_is_the_same_written_alone_or_beside_what_needs_the_engine(
    error: BaseException,
) -> None:
    alone = anypickle.loads(anypickle.dumps(error))
    beside = anypickle.loads(anypickle.dumps([error, Loud()]))[0]
    for found in (alone, beside):
        assert (type(found), found.args, vars(found)) == (type(error), error.args, vars(error))
        assert found.__traceback__ is None and found.__cause__ is None


class Loud:
    """Nothing but its own code says how it is written."""

    def __reduce__(self) -> Any:
        return Loud, ()


def test_what_was_given_to_one_and_what_it_holds_arrives() -> None:
    error = Plain("a")
    error.add_note("a note")
    error.shared = error.args[0], [error]  # type: ignore[attr-defined]
    found = anypickle.loads(anypickle.dumps({"error": error, "again": error}))
    assert found["error"] is found["again"] is found["error"].shared[1][0]
    assert found["error"].__notes__ == ["a note"]


def test_a_choice_of_the_program_holds_for_one_that_was_never_raised() -> None:
    anypickle.dumps(Plain())
    with anypickle.override(Plain, "refuse"), pytest.raises(TypeError, match="chose to refuse"):
        anypickle.dumps(Plain())
    assert type(anypickle.loads(anypickle.dumps(Plain()))) is Plain


def test_a_reducer_of_the_program_holds_for_one_that_was_never_raised() -> None:
    anypickle.dumps(Plain("a"))
    anypickle.register(Plain, lambda error, *_: (list, (error.args,)))
    try:
        assert anypickle.loads(anypickle.dumps([Plain("a")])) == [["a"]]
    finally:
        registry.unregister(Plain)
    assert type(anypickle.loads(anypickle.dumps(Plain()))) is Plain
