"""`anypickle explain`: every blocker of an object, its path, its owner and its fix."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["Explain"]


class Explain:
    """Explain what of an object can't cross a process boundary, and what crosses with a meaning of its own.

    TARGET is script.py::name, package.module:name, or a pickle file (which is read without running it).
    `name` may be dotted. A script is run as a module: what it keeps under `if __name__ == "__main__"` is not.
    """

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Adds the options."""
        parser.add_argument("target", metavar="TARGET")
        parser.add_argument(
            "--channel", default="spawn", help="bytes, copy, spawn, task, hash or file"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--html", metavar="FILE", type=Path, help="write a page")
        parser.add_argument("--dot", metavar="FILE", type=Path, help="write a graph for Graphviz")
        parser.add_argument(
            "--max-objects",
            type=_positive,
            metavar="N",
            help="stop after so many objects, 20 million where this is not given",
        )
        parser.add_argument(
            "--max-depth",
            type=_positive,
            metavar="N",
            help="show what lies at most so many steps deep; the walk goes on to the end",
        )
        parser.add_argument(
            "--values",
            action="store_true",
            help="show what objects look like, but secrets (runs their __repr__)",
        )
        parser.add_argument("-f", "--force", action="store_true", help="overwrite files")

    def run(self, args: argparse.Namespace) -> int:
        """Prints the report; 0 when all crosses, 1 when something does not, 2 for a target that is not there."""
        from anypickle import report as reports
        from anypickle.commands import _progress as progress
        from anypickle.explain import explain
        from anypickle.explain.stored import explain_stream
        from anypickle.explain.words import printable
        from anypickle.report.choosing import limited, with_values

        for path in (args.html, args.dot):
            if path is not None and path.exists() and not args.force:
                print(f"anypickle explain: {path} exists; -f overwrites it", file=sys.stderr)
                return 2
        try:
            if ":" in args.target:
                target = _find(args.target)
                report = explain(
                    target,
                    channel=args.channel,
                    max_objects=args.max_objects,
                    progress=progress.shown(),
                )
            else:
                report = explain_stream(Path(args.target).read_bytes(), args.target)
        except (LookupError, ValueError, OSError, ImportError) as error:
            print(f"anypickle explain: {printable(str(error))}", file=sys.stderr)
            return 2
        if args.max_depth:
            report = limited(report, args.max_depth)
        if args.values:
            report = with_values(report)
        for path, form in ((args.html, "html"), (args.dot, "dot")):
            if path is not None:
                path.write_text(reports.render(report, form), encoding="utf-8")
                print(f"Wrote {path}", file=sys.stderr)
        if args.json:
            print(reports.render(report, "json"))
        else:
            from anypickle.report import text

            text.show(report)
        return 0 if report.ok else 1


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return number


def _find(target: str) -> Any:
    place, separator, name = target.partition("::")
    if separator:
        return _attribute(_script(Path(place)), name, place)
    place, _, name = target.partition(":")
    sys.path.insert(0, "")
    return _attribute(importlib.import_module(place), name, place)


def _script(path: Path) -> ModuleType:
    """Runs a script as a module, under its own name, so that its classes can be found again."""
    import importlib.util

    if not path.is_file():
        raise FileNotFoundError(f"there is no script {path}")
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python script")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _attribute(module: ModuleType, name: str, place: str) -> Any:
    found: Any = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise LookupError(f"{place} has no {name!r}") from None
    return found
