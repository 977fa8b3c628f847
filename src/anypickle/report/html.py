"""A report as one HTML page: no network, readable without JavaScript, light and dark.

The tree unfolds with `<details>`; search and sorting are a few lines of script that only help.
"""

from __future__ import annotations

import html
from importlib.resources import files

from anypickle.explain.finding import Finding, Report
from anypickle.explain.plain import printable, verdict
from anypickle.report.tree import Node, grow

__all__ = ["render"]


def render(report: Report) -> str:
    """The whole page."""
    assets = files("anypickle.report") / "assets"
    rows = "\n".join(_row(finding) for finding in report.findings)
    return (
        (assets / "page.html")
        .read_text()
        .format(
            style=(assets / "page.css").read_text(),
            script=(assets / "page.js").read_text(),
            title=_text(f"{report.root_type}: {'crosses' if report.ok else 'does not cross'}"),
            state="ok" if report.ok else "blocked",
            verdict=_text(verdict(report)),
            tree=_branches(grow(report)),
            rows=rows
            or '<tr><td colspan="6">Nothing to tell: stock pickle carries all of it.</td></tr>',
        )
    )


def _text(text: object) -> str:
    return html.escape(printable(str(text)))


def _branches(root: Node) -> str:
    """The tree as nested `<details>`, without recursion: a path may be any number of steps long."""
    parts: list[str] = []
    waiting: list[Node | str] = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        marks = "".join(
            f'<span class="{f.severity}" title="{_text(f.meaning)}">{f.policy or f.severity}</span>'
            for f in item.findings
        )
        label = f"<code>{_text(item.step)}</code>{marks}"
        if item.children:
            parts.append(f"<details open><summary>{label}</summary>")
            waiting.append("</details>")
            waiting.extend(reversed(item.children.values()))
        else:
            parts.append(f'<div class="leaf">{label}</div>')
    return "".join(parts)


def _row(finding: Finding) -> str:
    also = "".join(f"<br><code>{_text(path)}</code>" for path in finding.paths[1:])
    owner = f'<div class="owner">{_text(finding.owner)}</div>' if finding.owner else ""
    return (
        f'<tr class="{finding.severity}"><td data-key="{finding.severity.rank}">{finding.severity}</td>'
        f"<td><code>{_text(finding.path)}</code>{also}{owner}</td>"
        f"<td><code>{_text(finding.type_name)}</code></td>"
        f"<td>{_text(finding.policy or '')}</td>"
        f'<td>{_text(finding.meaning)}<div class="fix">{_text(finding.hint)}</div></td>'
        f'<td data-key="{finding.size or 0}">{f"{finding.size:,}" if finding.size else ""}</td></tr>'
    )
