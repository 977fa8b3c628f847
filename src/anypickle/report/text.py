"""A report for a terminal: in colour where rich is installed and colour is wanted, else plain."""

from __future__ import annotations

import os
import sys

from anypickle.explain import plain
from anypickle.explain.finding import Report, Severity

__all__ = ["render", "show"]

_STYLES = {
    Severity.BLOCKER: "bold red",
    Severity.LOAD: "magenta",
    Severity.SECRET: "bold yellow",
    Severity.COST: "cyan",
    Severity.POLICY: "green",
}


def render(report: Report) -> str:
    """The plain page."""
    return plain.render(report)


def show(report: Report) -> None:
    """Prints the page, with the severities in colour where the terminal and the user allow it."""
    text = render(report)
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        try:
            from rich.console import Console
            from rich.text import Text
        except ImportError:
            pass
        else:
            page = Text(text)
            for severity, style in _STYLES.items():
                page.highlight_regex(rf"(?m)^{severity}\b", style)
            Console(soft_wrap=True).print(page)
            return
    print(text)
