"""A report as plain text: for `str(report)`, pipes and terminals without rich."""

from __future__ import annotations

import shutil
import textwrap

from anypickle.explain.finding import Finding, Report, Severity
from anypickle.explain.words import printable

__all__ = ["render", "verdict"]


def verdict(report: Report) -> str:
    """The first line: whether it crosses, and what was walked."""
    count = len(report.blockers) + report.hidden
    if not report.complete:
        judgement = f"unfinished after {report.visited:,} objects"
    elif count:
        judgement = f"can't cross: {count} blocker{'s' if count > 1 else ''}"
    else:
        judgement = "crosses"
    return (
        f"{printable(report.root_type)} ({report.channel}): {judgement}"
        f" - {report.visited:,} objects, {report.size:,} bytes"
    )


def render(report: Report, width: int | None = None) -> str:
    """All findings, the worst first."""
    columns = width or min(shutil.get_terminal_size((100, 24)).columns, 100)
    lines = [verdict(report)]
    for finding in report.findings:
        lines += ["", *_finding(finding, columns)]
    return "\n".join(lines)


def _finding(finding: Finding, width: int) -> list[str]:
    policy = f" [{finding.policy}]" if finding.policy else ""
    rows = [("", finding.meaning), ("owner: ", str(finding.owner or "")), ("fix: ", finding.hint)]
    if (
        finding.severity is not Severity.POLICY
    ):  # those are many, and docs/objects.md has all of them
        rows.append(("more: ", finding.docs))
    if len(finding.paths) > 1:
        rows.append(("also: ", ", ".join(finding.paths[1:6])))
    lines = [
        f"{finding.severity}{policy}  {printable(finding.path)}  ({printable(finding.type_name)})"
    ]
    for label, text in rows:
        if text:
            lines += textwrap.wrap(
                printable(label + text),
                max(width, 40),
                initial_indent="    ",
                subsequent_indent="      ",
                break_long_words=False,
            )
    return lines
