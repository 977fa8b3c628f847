"""A report reads well in every format and lets nothing of the object's steer the reader."""

from __future__ import annotations

import html.parser
import json
from collections.abc import Iterator
from typing import Any

import pytest

import anypickle
from anypickle import report as reports
from anypickle.report.tree import grow, steps


def stuck() -> Iterator[int]:
    yield 1


class Owner:
    def __init__(self) -> None:
        self.rows = {"<script>alert(1)</script>\x1b[31m": [stuck()]}


@pytest.fixture
def report() -> Any:
    return anypickle.explain(Owner())


class Outline(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]


def test_text_names_path_owner_and_fix(report: Any) -> None:
    text = str(report)
    assert text.splitlines()[0].startswith(f"{__name__}.Owner (spawn): can't cross: 1 blocker")
    assert "fix: pass the function and its arguments" in text
    assert "\x1b" not in text


def test_json_is_for_machines(report: Any) -> None:
    data = json.loads(report.to_json())
    assert data["ok"] is False
    (finding,) = data["findings"]
    assert finding["severity"] == "blocker"
    assert finding["detector"] == "generator"
    assert finding["docs"] == "docs/findings.md#generator"


def test_the_page_needs_no_network_and_runs_nothing_of_the_objects(report: Any) -> None:
    page = report.to_html()
    outline = Outline()
    outline.feed(page)
    assert outline.tags.count("script") == 1
    assert outline.links == []
    assert "&lt;script&gt;alert(1)" in page
    assert "details" in outline.tags


def test_dot_has_a_box_for_each_step(report: Any) -> None:
    dot = report.to_dot()
    assert dot.count("->") == 3
    assert dot.startswith("digraph")


def test_an_unknown_format_is_an_error(report: Any) -> None:
    with pytest.raises(ValueError, match="pdf"):
        reports.render(report, "pdf")


@pytest.mark.parametrize(
    "path",
    [
        "obj",
        "obj.layers[3]._lock",
        "obj['a.b'][0]",
        "obj.__closure__[0].cell_contents",
        """obj["it's"].x""",
        "list(obj.values())[3].a",
    ],
)
def test_a_path_is_cut_into_steps_without_loss(path: str) -> None:
    assert "".join(steps(path)) == path


def test_a_deep_path_is_no_problem() -> None:
    deep: Any = stuck()
    for _ in range(3000):
        deep = [deep]
    report = anypickle.explain(deep)
    assert len(list(grow(report).walk())) == 3001
    assert report.to_html()
