"""Every detector has its words in the table and its section in the documentation."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

import anypickle
from anypickle.explain import hints, notes

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
SECTIONS = set(re.findall(r"(?m)^### (\S+)$", PAGE.read_text()))


@pytest.mark.parametrize("row", [*hints.ROWS, hints.GENERAL], ids=lambda row: row.name)
def test_a_row_is_complete(row: hints.Hint) -> None:
    assert row.name in SECTIONS
    assert row.says and row.fix
    assert row.types or row.error or row is hints.GENERAL


def test_no_two_rows_claim_a_type() -> None:
    claimed = [name for row in hints.ROWS for name in row.types]
    assert len(claimed) == len(set(claimed))


def test_a_subclass_has_its_bases_hint() -> None:
    class Worker(threading.Thread):
        pass

    assert hints.hint_for(Worker()).name == "running-thread"


def test_a_failing_dump_says_where_and_what_to_do_once() -> None:
    generator = (i for i in "ab")
    with pytest.raises(TypeError, match="cannot pickle 'generator' object") as caught:
        anypickle.dumps({"rows": [generator]})
    (note,) = [n for n in caught.value.__notes__ if n.startswith("anypickle:")]
    assert "obj['rows'][0] (generator) can't cross" in note
    assert "fix: pass the function" in note
    notes.annotate(caught.value, generator, "obj")
    assert len([n for n in caught.value.__notes__ if n.startswith("anypickle:")]) == 1
