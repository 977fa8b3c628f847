"""A report as one HTML page: the tree of paths, which unfolds to the blockers, and a table of all findings."""

from __future__ import annotations

from collections import Counter
from html import escape

from anypickle.explain.finding import Finding, Report, Severity
from anypickle.explain.plain import verdict
from anypickle.report.page import document, prose, table, text
from anypickle.report.tree import Node, grow

__all__ = ["frame", "render"]

_MOST_IN_TREE = 2000
_FEW_PATHS = 3
_ROW, _LEAST, _MOST = 34, 260, 620
"""Pixels of a frame in a notebook: for each finding, at least and at most."""
_SAID = {
    Severity.BLOCKER: "can't cross",
    Severity.LOAD: "differ over there",
    Severity.SECRET: "secret",
    Severity.COST: "dear",
    Severity.POLICY: "by a policy",
}
_HEADS = ["what", "path and owner", "type", "policy", "meaning and fix", "bytes"]


def render(report: Report) -> str:
    """The whole page."""
    rows = "\n".join(map(_row, report.findings))
    tree = (
        _branches(grow(report)) if len(report.findings) <= _MOST_IN_TREE else "Too many for a tree."
    )
    return document(
        title=f"{report.root_type}: {'crosses' if report.ok else 'does not cross'}",
        heading="anypickle explain",
        state="ok" if report.ok else "blocked",
        verdict=verdict(report),
        body=_counts(report)
        + f'<section id="tree" aria-label="Paths">{tree}</section>\n'
        + table(
            _HEADS, rows, frozenset({"bytes"}), "Nothing to tell: stock pickle carries all of it."
        ),
    )


def frame(report: Report) -> str:
    """The page as a frame within another, as a notebook shows it."""
    height = min(max(_LEAST, _ROW * len(report.findings)), _MOST)
    return (
        f'<iframe srcdoc="{escape(render(report))}" title="anypickle explain" sandbox="allow-scripts" '
        f'style="width: 100%; height: {height}px; border: 0; resize: vertical"></iframe>'
    )


def _counts(report: Report) -> str:
    """How many findings there are of each severity, the worst first."""
    counts = Counter(finding.severity for finding in report.findings)
    chips = "".join(
        f'<li class="chip {severity}">{counts[severity]:,} {_SAID[severity]}</li>'
        for severity in Severity
        if counts[severity]
    )
    return f'<ul id="counts">{chips}</ul>\n' if chips else ""


def _branches(root: Node) -> str:
    """The tree as nested `<details>`, without recursion: a path may be any number of steps long.

    What leads to a blocker is open, all else is folded.
    """
    leading = _leading(root)
    parts: list[str] = []
    waiting: list[Node | str] = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        marks = "".join(
            f'<span class="mark {f.severity}" title="{text(f.meaning)}">'
            f"{text(f.type_name)} &middot; {f.policy or f.severity}</span>"
            for f in item.findings
        )
        label = f"<code>{text(item.step)}</code>{marks}"
        if item.children:
            is_open = " open" if item is root or id(item) in leading else ""
            parts.append(f"<details{is_open}><summary>{label}</summary>")
            waiting.append("</details>")
            waiting.extend(reversed(item.children.values()))
        else:
            parts.append(f'<div class="leaf">{label}</div>')
    return "".join(parts)


def _leading(root: Node) -> set[int]:
    """The nodes below which there is a blocker; those of all findings where there is none."""
    nodes = list(root.walk())
    blocked = any(f.severity == "blocker" for node in nodes for f in node.findings)
    leading: set[int] = set()
    for node in reversed(nodes):
        if any(f.severity == "blocker" or not blocked for f in node.findings) or any(
            id(child) in leading for child in node.children.values()
        ):
            leading.add(id(node))
    return leading


def _row(finding: Finding) -> str:
    others = [f"<code>{text(path)}</code>" for path in finding.paths[1:]]
    also = "".join(f"<br>{other}" for other in others[:_FEW_PATHS])
    if len(others) > _FEW_PATHS:
        more = "<br>".join(others[_FEW_PATHS:])
        also += f"<details><summary>{len(others) - _FEW_PATHS} more paths</summary>{more}</details>"
    owner = f'<div class="owner">{text(finding.owner)}</div>' if finding.owner else ""
    fix = f'<div class="fix">{prose(finding.hint)}</div>' if finding.hint else ""
    size = f"{finding.size:,}" if finding.size else ""
    return (
        f'<tr class="{finding.severity}">'
        f'<td data-key="{finding.severity.rank}"><span class="chip {finding.severity}">{finding.severity}</span></td>'
        f"<td><code>{text(finding.path)}</code>{also}{owner}</td>"
        f'<td class="name" data-head="type"><code>{text(finding.type_name)}</code></td>'
        f'<td data-head="policy">{text(finding.policy or "")}</td>'
        f'<td>{text(finding.meaning)}{fix}<div class="docs">{text(finding.docs)}</div></td>'
        f'<td class="number" data-head="bytes" data-key="{finding.size or 0}">{size}</td></tr>'
    )
