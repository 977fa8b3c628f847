"""What a walk finds: one `Finding` for each object, gathered in a `Report`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from anypickle.policy import Channel, Policy, Scope

__all__ = ["Finding", "Owner", "Report", "Severity"]


class Severity(StrEnum):
    """How much a finding matters, the worst first."""

    BLOCKER = "blocker"
    """It can't cross: nothing that holds it can."""
    LOAD = "load"
    """It would fail or differ where it is loaded."""
    SECRET = "secret"
    """It looks like a key, a token or a password."""
    COST = "cost"
    """It makes the crossing dear."""
    POLICY = "policy"
    """It crosses with a meaning that a person should know."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds an object: the class and attribute, and where the source assigns it, if it can be told."""

    class_name: str
    attribute: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = f" ({self.file}:{self.line})" if self.file else ""
        return f"{self.class_name}.{self.attribute}{place}"


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One object that a person should know of before it crosses."""

    path: str
    """An expression on `obj` that evaluates to the object, where one exists."""
    object: Any = field(repr=False)
    type_name: str
    severity: Severity
    detector: str
    """The name of the detector, and its section in docs/findings.md."""
    meaning: str
    """What will happen, in a sentence."""
    hint: str
    """What to do about it."""
    owner: Owner | None = None
    policy: Policy | None = None
    scope: Scope | None = None
    paths: tuple[str, ...] = ()
    """Every path to the object that the walk met, `path` first."""
    size: int | None = None
    """Bytes that it adds to the stream, where that is the point."""

    @property
    def docs(self) -> str:
        """The page section that tells more."""
        return f"docs/findings.md#{self.detector}"


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """Everything that a walk found. True when nothing stops the crossing.

    `str(report)`, which an interactive session shows, is a page for a terminal, without any value of the program's.
    """

    root_type: str
    channel: Channel
    findings: tuple[Finding, ...]
    visited: int
    """How many objects the walk met."""
    size: int
    """How many bytes would cross."""
    complete: bool = True
    """False when the walk ended at `max_objects`."""
    hidden: int = 0
    """Blockers that are not among the findings, because they lie deeper than was asked for."""

    @property
    def ok(self) -> bool:
        """Whether everything crosses (a warning is no obstacle)."""
        return self.complete and not self.blockers and not self.hidden

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """The findings that stop the crossing."""
        return tuple(f for f in self.findings if f.severity is Severity.BLOCKER)

    def __bool__(self) -> bool:
        return self.ok

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __str__(self) -> str:
        from anypickle.explain import plain

        return plain.render(self)

    __repr__ = __str__

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))  # IPython has a way of its own with data classes

    def to_json(self) -> str:
        """The report as JSON."""
        return self._rendered("json")

    def to_html(self) -> str:
        """The report as one HTML page that needs no network."""
        return self._rendered("html")

    def to_dot(self) -> str:
        """The report as a graph for Graphviz."""
        return self._rendered("dot")

    def _repr_html_(self) -> str:
        """The page in a frame of its own: its style and script are none of the notebook's business."""
        return self._rendered("html", "frame")

    def _rendered(self, form: str, function: str = "render") -> str:
        # by name: rendering lies a floor above the walk
        render = getattr(importlib.import_module(f"anypickle.report.{form}"), function)
        text: str = render(self)
        return text
