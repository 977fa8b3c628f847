"""``anypickle demo``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from anypickle.demo.programs import PROGRAMS, Program
from anypickle.demo.running import Ended, run
from anypickle.demo.showing import Shown, show, show_missing

__all__ = ["Demo"]

#: Until a program under anypickle counts as hanging; Keras takes its time on a small machine.
_SECONDS = 300.0


class Demo:
    """Run four programs that die today, and show them running.

    Each is started plainly, to show what it dies of, then under `anypickle run`, with the result of a
    single process beside its own. Exit status 1 if one of them fails.
    """

    help = "run four programs that die today, and show them running"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--only",
            metavar="A,B,C,D",
            type=_letters,
            default=PROGRAMS,
            help="run only these programs",
        )

    def run(self, args: argparse.Namespace) -> int:
        """Run the programs and show how they ended."""
        shown: list[Shown] = []
        left_out: list[tuple[Program, list[str]]] = []
        for program in args.only:
            missing = program.missing()
            if missing:
                left_out.append((program, missing))
            else:
                shown.append(_try(program))
        fine = all(one.fine for one in shown) and bool(shown)
        if args.json:
            print(json.dumps(_as_json(shown, left_out, fine), indent=2))
        else:
            show(shown)
            show_missing(left_out)
        return 0 if fine else 1


def _try(program: Program) -> Shown:
    """Run one program in every way."""

    def tried(way: tuple[str, ...], what: str, *, installed: bool) -> Ended:
        if sys.stderr.isatty():
            name = " ".join([program.script.name, *way])
            print(f"\r\033[K{program.letter}: {name}, {what} ...", end="", file=sys.stderr)
        limit = _SECONDS if installed else program.patience
        ended = run(program, way, installed=installed, limit=limit)
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        return ended

    return Shown(
        program,
        tuple(tried(way, "as today", installed=False) for way in program.ways),
        tuple(tried(way, "under anypickle run", installed=True) for way in program.ways),
        tried(("--single",), "in one process", installed=not program.single_is_plain),
    )


def _letters(text: str) -> tuple[Program, ...]:
    wanted = {letter.strip().upper() for letter in text.split(",")}
    known = {program.letter for program in PROGRAMS}
    if not wanted <= known:
        unknown = ", ".join(sorted(wanted - known))
        raise argparse.ArgumentTypeError(
            f"no program {unknown}; there are {', '.join(sorted(known))}"
        )
    return tuple(program for program in PROGRAMS if program.letter in wanted)


def _as_json(
    shown: list[Shown], left_out: list[tuple[Program, list[str]]], fine: bool
) -> dict[str, object]:
    return {
        "programs": [
            {
                "program": one.program.letter,
                "title": one.program.title,
                "today": [asdict(ended) for ended in one.today],
                "anypickle run": [asdict(ended) for ended in one.installed],
                "one process": asdict(one.single),
                "fine": one.fine,
            }
            for one in shown
        ],
        "left_out": [
            {"program": program.letter, "title": program.title, "install": packages}
            for program, packages in left_out
        ],
        "fine": fine,
    }
