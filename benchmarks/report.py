"""Rows of measurements, as lines on a terminal, as a Markdown table and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.harness import Ratio, geometric_mean
from benchmarks.machine import describe
from benchmarks.rivals import PACKAGES

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One case: seconds per call of each contender, and how many times faster than the base it is."""

    work: str
    case: str
    base: str
    seconds: dict[str, float]
    ratios: dict[str, Ratio]
    sizes: dict[str, int]
    peak_kib: dict[str, int]

    def ours(self) -> Ratio:
        """Our ratio over the base."""
        return self.ratios["anypickle"]

    def line(self) -> str:
        """For the terminal."""
        r = self.ours()
        rest = "  ".join(f"{n} {v.value:.2f}" for n, v in self.ratios.items() if n != "anypickle")
        return (
            f"{self.work:8} {self.case:30} {_time(self.seconds[self.base]):>9} -> "
            f"{_time(self.seconds['anypickle']):>9}  x{r.value:5.2f} [{r.low:.2f}-{r.high:.2f}]"
            f"{_sizes(self)}  {rest}"
        )


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _sizes(row: Row) -> str:
    if not row.sizes:
        return ""
    return f"  size {row.sizes['anypickle'] / row.sizes[row.base]:.2f}"


def means(rows: list[Row]) -> str:
    """Geometric means over the cases of each work, large buffers aside."""
    said = []
    for work in dict.fromkeys(row.work for row in rows):
        values = [r.ours().value for r in rows if r.work == work and "MB" not in r.case]
        if values:
            said.append(f"{work}: x{geometric_mean(values):.2f} (worst x{min(values):.2f})")
    return "geometric mean " + ", ".join(said)


def table(rows: list[Row], work: str) -> str:
    """The rows of one kind of work as Markdown."""
    rows = [row for row in rows if row.work == work]
    others = list(dict.fromkeys(n for row in rows for n in row.ratios if n != "anypickle"))
    head = [work, "base", "anypickle", "times faster", "quartiles", "size", "peak KiB (base, ours)"]
    lines = ["| " + " | ".join(head + others) + " |", "|" + "---|" * (len(head) + len(others))]
    for row in rows:
        r = row.ours()
        cells = [
            row.case,
            _time(row.seconds[row.base]),
            _time(row.seconds["anypickle"]),
            f"**{r.value:.2f}**" if r.value >= 1 else f"{r.value:.2f} (slower)",
            f"{r.low:.2f} to {r.high:.2f}",
            _sizes(row).replace("size", "").strip() or "",
            f"{row.peak_kib[row.base]}, {row.peak_kib['anypickle']}" if row.peak_kib else "",
            *(f"{row.ratios[n].value:.2f}" if n in row.ratios else "-" for n in others),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def markdown(rows: list[Row]) -> str:
    """All tables; the columns of the other contenders are times faster than the base, too."""
    lines = [means(rows), ""]
    for work in dict.fromkeys(row.work for row in rows):
        lines.append(table(rows, work))
    return "\n".join(lines)


def write(rows: list[Row], name: str, command: str) -> list[Path]:
    """Write results/NAME.json and results/NAME.md and return their paths from the project's root."""
    machine = describe(PACKAGES)
    data = {"command": command, "machine": machine, "rows": [asdict(row) for row in rows]}
    about = "\n".join(f"- {key}: {value}" for key, value in machine.items() if key != "versions")
    versions = ", ".join(f"{k} {v}" for k, v in machine["versions"].items() if v)  # type: ignore[attr-defined]
    text = f"Made by `{command}`.\n\n{about}\n- versions: {versions}\n\n{markdown(rows)}"
    RESULTS.mkdir(exist_ok=True)
    paths = [RESULTS / f"{name}.json", RESULTS / f"{name}.md"]
    paths[0].write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    paths[1].write_text(text, encoding="utf-8")
    return [path.relative_to(RESULTS.parents[1]) for path in paths]
