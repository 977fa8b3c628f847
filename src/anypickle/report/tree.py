"""The paths of a report as a tree: what HTML unfolds and DOT draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from anypickle.explain.finding import Finding, Report

__all__ = ["Node", "grow", "steps"]

_STEP = re.compile(
    r"""\.[^.\[\]()]+(?:\([^)]*\))?|\[(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\]'"]*)*\]|[^.\[]+"""
)


@dataclass(slots=True)
class Node:
    """One step of a path, with what was found at its end."""

    step: str
    path: str
    findings: list[Finding] = field(default_factory=list)
    children: dict[str, Node] = field(default_factory=dict)

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children.values()))


def steps(path: str) -> list[str]:
    """Cuts `obj.layers[3]._lock` into `obj`, `.layers`, `[3]`, `._lock`."""
    return _STEP.findall(path)


def grow(report: Report) -> Node:
    """The tree of all findings' paths, from `obj`."""
    root = Node("obj", "obj")
    for finding in report.findings:
        node = root
        for step in steps(finding.path)[1:]:
            node = node.children.setdefault(step, Node(step, node.path + step))
        node.findings.append(finding)
    return root
