"""One blocker at a place that is hard to name: explain and the error of a dump find it, and say where."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import anypickle
from tests.helpers.planted import GRAPHS, stuck


def _is_copied(obj: Any) -> bool:
    """Whether `copy` never comes to what nobody can copy: functions and classes are their own copies."""
    with anypickle.installed():
        try:
            copy.deepcopy(obj)
        except Exception:
            return False
    return True


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("channel", ["bytes", "spawn", "copy", "task"])
def test_the_blocker_is_found_and_named_by_an_expression(name: str, channel: str) -> None:
    planted = stuck()
    obj = GRAPHS[name](planted)
    report = anypickle.explain(obj, channel=channel)
    if channel == "copy" and _is_copied(obj):
        assert report.ok, str(report)
        return
    (finding,) = report.blockers
    assert finding.object is planted
    for path in finding.paths:
        assert eval(path, {"obj": obj}) is planted, path


@pytest.mark.parametrize("name", GRAPHS)
def test_the_error_of_a_dump_names_the_same(name: str) -> None:
    planted = stuck()
    obj = GRAPHS[name](planted)
    with pytest.raises(TypeError) as caught:
        anypickle.dumps(obj)
    error: Any = caught.value
    assert eval(error.path, {"obj": obj}) is planted, error.path
    assert error.object is planted
    (note,) = [note for note in error.__notes__ if note.startswith("anypickle: ")]
    assert note.startswith(f"anypickle: {error.path} (generator) can't cross.")


@pytest.mark.parametrize("name", GRAPHS)
def test_without_it_explain_and_dumps_agree(name: str) -> None:
    obj = GRAPHS[name]("fine")
    report = anypickle.explain(obj, channel="bytes")
    assert report.ok, str(report)
    anypickle.dumps(obj)
