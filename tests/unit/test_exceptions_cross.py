"""Exceptions arrive, whatever their __init__ wants."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import anypickle


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
