"""What of a report is shown: only what lies near the root, or with what the objects look like."""

from __future__ import annotations

import reprlib
from dataclasses import replace

from anypickle.explain.finding import Finding, Report, Severity
from anypickle.report.tree import steps

__all__ = ["limited", "with_values"]


def limited(report: Report, depth: int) -> Report:
    """The report with the findings of at most so many steps from the root; its verdict stays that of the whole."""
    near = tuple(f for f in report.findings if len(steps(f.path)) - 1 <= depth)
    return replace(report, findings=near, hidden=_hidden(report, near))


def _hidden(report: Report, near: tuple[Finding, ...]) -> int:
    return sum(f.severity is Severity.BLOCKER for f in report.findings) - sum(
        f.severity is Severity.BLOCKER for f in near
    )


def with_values(report: Report) -> Report:
    """The report with the repr of each object, cut short; never that of what is, or holds, something like a secret."""
    secret = [f.path for f in report.findings if f.severity is Severity.SECRET]
    return replace(
        report,
        findings=tuple(
            f
            if (f.type_name != "NoneType" and f.object is None)  # of a pickle in a file
            or any(path.startswith(f.path) for path in secret)
            else replace(f, meaning=f"{f.meaning} It is {_short(f.object)}.")
            for f in report.findings
        ),
    )


def _short(obj: object) -> str:
    try:
        return reprlib.repr(obj)
    except Exception as error:
        return f"an object whose __repr__ raises {type(error).__name__}"
