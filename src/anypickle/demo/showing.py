"""The demo as text: a table with rich, where it is installed, and plain paragraphs otherwise."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from typing import Any

from anypickle.demo.programs import Program
from anypickle.demo.running import Ended

__all__ = ["Shown", "show", "show_missing"]


@dataclass(frozen=True)
class Shown:
    """A program with all its runs."""

    program: Program
    today: tuple[Ended, ...]
    installed: tuple[Ended, ...]
    single: Ended

    @property
    def fine(self) -> bool:
        """Whether every run under anypickle ended with the single process's result."""
        return self.single.status == "ran" and all(
            ended.status == "ran" and ended.result == self.single.result for ended in self.installed
        )


def show(shown: list[Shown]) -> None:
    """Print what happened."""
    if importlib.util.find_spec("rich") is not None:
        _show_rich(shown)
    else:
        _show_plain(shown)


def show_missing(missing: list[tuple[Program, list[str]]]) -> None:
    """Print which programs were left out, and the one line that brings them in."""
    for program, packages in missing:
        print(f"left out: {program.letter}, {program.title}; it needs {', '.join(packages)}")
    if missing:
        wanted = sorted({package for _, packages in missing for package in packages})
        print(f"to see it: pip install {' '.join(wanted)}")


def _ways(one: Shown) -> list[tuple[str, str, str]]:
    """Return a row for each way that a program was started: its name, today, under anypickle."""
    rows = []
    for today, installed in zip(one.today, one.installed, strict=True):
        if installed.status != "ran":
            outcome = f"{installed.status}: {installed.message}"
        elif installed.result != one.single.result:
            outcome = "runs, with another result"
        else:
            outcome = f"runs, {installed.seconds:.1f} s"
        before = "runs" if today.status == "ran" else today.message
        rows.append((today.way[-1] if today.way else "as it is", before, outcome))
    return rows


def _results(one: Shown) -> list[tuple[str, str, str]]:
    """Return a row for each result: its name, from one process, from several under anypickle."""
    ran = [ended.result for ended in one.installed if ended.status == "ran"]
    if one.single.status != "ran":
        return [("one process", f"{one.single.status}: {one.single.message}", "")]
    several = ran[0] if ran else {}
    return [
        (key, _value(value), _value(several.get(key, "none")))
        for key, value in one.single.result.items()
    ]


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value).replace('"', "")


def _title(one: Shown) -> str:
    return f"{one.program.letter}  {one.program.title}"


def _show_rich(shown: list[Shown]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for one in shown:
        good = "green" if one.fine else "red"
        table = Table(title=_title(one), title_justify="left", title_style="bold", box=box.ROUNDED)
        table.add_column("started", min_width=12)
        table.add_column("today", overflow="fold", ratio=1)
        table.add_column("anypickle run", overflow="fold", ratio=1)
        for way, today, installed in _ways(one):
            table.add_row(way, Text(today, style="red"), Text(installed, style=good))
        table.add_section()
        heading = [Text(word, style="bold") for word in ("result", "one process", "anypickle run")]
        table.add_row(*heading)
        for key, single, several in _results(one):
            table.add_row(key, Text(single), Text(several, style=good))
        console.print(table)
        console.print()


def _show_plain(shown: list[Shown]) -> None:
    for one in shown:
        print(f"{_title(one)}: {'fine' if one.fine else 'FAILED'}")
        for way, today, installed in _ways(one):
            print(f"  started {way}\n    today          {today}\n    anypickle run  {installed}")
        for key, single, several in _results(one):
            print(f"  {key}\n    one process    {single}\n    anypickle run  {several}")
        print()
