"""Writes docs/performance.md, and the table in docs/shared-memory.md, from benchmarks/results/: every figure in them
comes from a run, the losses first of all.

python -m benchmarks.page
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.harness import Ratio

_PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_SHARED_PAGE = _PAGE.with_name("shared-memory.md")
_BEGIN, _END = "<!-- made by make docs -->\n", "<!-- until here -->\n"

_INTRO = """# Performance

This page is made from `benchmarks/results/codec.json`; `make bench` makes both. Run it on your own
machine: ratios travel, times do not.

How it is measured:

- The rival is CPython's C `_pickle` of the same interpreter, protocol 5. Compare only with an optimized Python: one
  that was built without profile guidance pickles 1.5 to 2.3 times slower, which would make us look better.
- All contenders of a row run in one process, in turns. "Times faster" is the ratio of the medians; the quartiles are
  those of the ratios of the single rounds. Times are of the processor. The garbage collector waits until a round
  is over.
- "With code" are objects that say themselves how they are written; `Pickler.dump` and `Unpickler.load` make a new one
  for each object, with a file in memory.
- Functions and classes that go by value are compared with cloudpickle's, which is what others use for them.
- `deepcopy` is `copy.deepcopy` under `install()`, ten copies for one installation.
- What anypickle writes is read by stock `pickle` in the same run and compared, and the other way round.
- `loads` reads the same bytes for both, written by stock.
- Peak memory is how far the resident set of a forked child rises. Small figures say little.
- A dash: that one cannot carry the data, or brings back something else (JSON makes lists of tuples). In the columns
  of the others, too, the figure is how many times faster than `_pickle` they are.
"""


def _rows(data: dict[str, Any]) -> list[report.Row]:
    return [
        report.Row(**{**row, "ratios": {n: Ratio(**r) for n, r in row["ratios"].items()}})
        for row in data["rows"]
    ]


def _losses(rows: list[report.Row]) -> str:
    slower = [row for row in rows if row.ours().value < 0.995]
    said = "".join(
        f"- {row.work}, {row.case}: {row.ours().value:.2f} times as fast as {row.base}\n"
        for row in slower
    )
    return said or "- Nothing in this run was slower than its base.\n"


def page(data: dict[str, Any]) -> str:
    """The text of docs/performance.md for the measurements in `data`."""
    rows = _rows(data)
    machine = data["machine"]
    versions = ", ".join(
        f"{name} {version}" for name, version in machine["versions"].items() if version
    )
    about = (
        f"{machine['processor']}, {machine['processors']} processors, {machine['system']}, {machine['python']} "
        f"({'optimized' if machine['python_optimized'] else 'not optimized'}), {versions}"
    )
    tables = [
        f"## {work}\n\n" + report.table(rows, work) for work in dict.fromkeys(r.work for r in rows)
    ]
    return "\n".join(
        [
            _INTRO,
            f"This run: `{data['command']}` on {about}.\n",
            f"In short: {report.means(rows)}, over the cases below without the large buffers.\n",
            "## Where it loses\n",
            _losses(rows),
            *tables,
        ]
    )


def _write_shared_table() -> None:
    """Puts the figures of shared memory into its page."""
    before, _, rest = _SHARED_PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    table = (report.RESULTS / "shared.md").read_text(encoding="utf-8")
    _SHARED_PAGE.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}", encoding="utf-8")


def main() -> None:
    """Write the pages."""
    data = json.loads((report.RESULTS / "codec.json").read_text(encoding="utf-8"))
    _PAGE.parent.mkdir(exist_ok=True)
    _PAGE.write_text(page(data), encoding="utf-8")
    if (report.RESULTS / "shared.md").exists():
        _write_shared_table()
    print(f"Wrote {_PAGE.relative_to(_PAGE.parents[1])}")


if __name__ == "__main__":
    main()
