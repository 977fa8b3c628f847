"""A report as a graph for Graphviz: `anypickle explain --dot out.dot …; dot -Tsvg out.dot`."""

from __future__ import annotations

from anypickle.explain.finding import Report, Severity
from anypickle.explain.words import printable
from anypickle.report.tree import grow

__all__ = ["render"]

_COLOURS = {
    Severity.BLOCKER: "#d03030",
    Severity.LOAD: "#a040a0",
    Severity.SECRET: "#c08000",
    Severity.COST: "#2080a0",
    Severity.POLICY: "#308030",
}


def render(report: Report) -> str:
    """The tree of paths in the DOT language, a box for each step."""
    nodes = list(grow(report).walk())
    numbers = {node.path: number for number, node in enumerate(nodes)}
    lines = ["digraph crossing {", "  rankdir=LR;", '  node [shape=box, fontname="monospace"];']
    for number, node in enumerate(nodes):
        label, colour = node.step, "#808080"
        if node.findings:
            worst = min(node.findings, key=lambda finding: finding.severity.rank)
            colour = _COLOURS[worst.severity]
            label += f"\n{worst.type_name}\n{worst.policy or worst.severity}"
        lines.append(f'  n{number} [label="{_quoted(label)}", color="{colour}"];')
        lines += [f"  n{number} -> n{numbers[child.path]};" for child in node.children.values()]
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    return "\\n".join(
        printable(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")
    )
