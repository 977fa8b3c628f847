"""`anypickle doctor`: what in this environment decides how objects cross."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from anypickle.commands._checks import Check, examine

__all__ = ["Check", "Doctor", "examine"]


class Doctor:
    """Look at the environment: versions, start methods, picklers in use, shared memory, thread limits.

    With a script: whether a spawned process could import it. Exits with 1 when there is advice to give.
    """

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Adds the options."""
        parser.add_argument(
            "script", nargs="?", type=Path, help="a program, which is read and not run"
        )
        parser.add_argument(
            "--import",
            dest="modules",
            metavar="MODULE",
            action="append",
            default=[],
            help="import a module first, to see what it sets and registers",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, args: argparse.Namespace) -> int:
        """Prints what was found; 1 when there is advice to give, 2 for a script or module that is not there."""
        try:
            checks = [*_imported(args.modules), *examine(), *_of_script(args.script)]
        except (ImportError, OSError, SyntaxError, ValueError) as error:
            print(f"anypickle doctor: {error}", file=sys.stderr)
            return 2
        if args.json:
            print(json.dumps([asdict(check) for check in checks], indent=2))
        else:
            width = max(len(check.name) for check in checks)
            for check in checks:
                print(f"{'!' if check.advice else ' '} {check.name:{width}}  {check.value}")
                if check.advice:
                    print(f"  {'':{width}}  -> {check.advice}")
        return 1 if any(check.advice for check in checks) else 0


def _imported(modules: list[str]) -> list[Check]:
    for module in modules:
        importlib.import_module(module)
    return []


def _of_script(script: Path | None) -> list[Check]:
    if script is None:
        return []
    from anypickle.commands._guard import guard

    return [guard(script)]
