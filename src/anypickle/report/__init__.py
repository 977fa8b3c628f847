"""Renders reports: one file for each format. Reports never show values, only paths, types and sentences."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # as typing's, without importing it
if TYPE_CHECKING:
    from anypickle.explain.finding import Report

__all__ = ["FORMATS", "render"]

FORMATS = ("text", "json", "html", "dot")


def render(report: Report, form: str) -> str:
    """The report in one of `FORMATS`.

    Raises:
        ValueError: There is no such format.
    """
    if form not in FORMATS:
        raise ValueError(f"no report format {form!r}; there are: {', '.join(FORMATS)}")
    text: str = importlib.import_module(f"anypickle.report.{form}").render(report)
    return text
