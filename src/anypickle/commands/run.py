"""`anypickle run script.py args...`: the unmodified program, with anypickle installed.

The interpreter starts anew, in the same process, with the command line that the user would have typed without us;
a `sitecustomize` of ours installs anypickle before the program begins (`_run_site`). So no frame of ours is above
the program's, and `__main__`, `sys.path[0]`, exit codes, signals, zip files, `-m`, syntax errors and missing files
are Python's own. Processes that the program starts through `multiprocessing` and joblib are armed by what they are
started with; other interpreters that it starts (`subprocess`) inherit the environment and are armed with `--follow`.

With `--report` all of these count what they send (`anypickle.traffic`), and the program's own process writes the report
when it ends; where it is killed, or leaves by `os._exit`, a watcher does (`anypickle.traffic.watcher`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from anypickle.traffic import VARIABLE
from anypickle.traffic.report import TARGET

__all__ = ["Run"]

_SITE = Path(__file__).parent / "_run_site"
_WITH_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})


class Run:
    """Run a program as it is, with anypickle installed in it and in every process that it starts."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declares the options."""
        parser.usage = (
            "anypickle run [--follow] [--report FILE] (script.py | -m module | -c code) [args ...]"
        )
        parser.add_argument(
            "--follow",
            action="store_true",
            help="also in the Python programs that it starts by itself, with subprocess or a shell",
        )
        parser.add_argument(
            "--report",
            metavar="FILE",
            action="append",
            type=Path,
            help="write what crossed in the run, for each line of the program: a page (.html) or JSON (.json)",
        )
        parser.add_argument("-f", "--force", action="store_true", help="overwrite reports")
        parser.add_argument(
            "-m", dest="module", nargs=argparse.REMAINDER, help="run a module, as python -m does"
        )
        parser.add_argument(
            "-c", dest="code", nargs=argparse.REMAINDER, help="run code, as python -c does"
        )
        parser.add_argument(
            "script", nargs=argparse.REMAINDER, help="the program, and what it is given"
        )

    def run(self, args: argparse.Namespace) -> int:
        """Never returns when there is something to run: this process becomes the program."""
        program = _program(args)
        if not program:
            print(
                "anypickle run: what is to be run? Give a script, -m module or -c code",
                file=sys.stderr,
            )
            return 2
        if sys.flags.no_site or sys.flags.ignore_environment:
            print(
                "anypickle run: Python's options -I, -E and -S keep anypickle out of the program; "
                "start without them, or call anypickle.install() in the program",
                file=sys.stderr,
            )
            return 2
        environment = _environment(follow=args.follow)
        if args.report:
            for path in args.report:
                if path.exists() and not args.force:
                    print(f"anypickle run: {path} exists; -f overwrites it", file=sys.stderr)
                    return 2
                if not path.absolute().parent.is_dir():
                    print(f"anypickle run: there is no folder {path.parent}", file=sys.stderr)
                    return 2
            _prepare_report(environment, [str(path.absolute()) for path in args.report], program)
        command = [sys.orig_argv[0], *_interpreter_options(sys.orig_argv), *program]
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(sys.executable, command, environment)


def _prepare_report(
    environment: dict[str, str], targets: list[str], program: Sequence[str]
) -> None:
    """Has the processes of the run count, and the report written however the program ends."""
    from anypickle.traffic.watcher import leave_behind

    folder = _new_folder()
    environment[VARIABLE] = folder
    environment[TARGET] = os.pathsep.join(targets)
    leave_behind(folder, targets, " ".join(program))


def _new_folder() -> str:
    """A folder that only this user can read, where `tempfile` would make it: importing that takes longer than a run."""
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    for place in filter(None, [*named, "/tmp", "/var/tmp", "/usr/tmp"]):
        folder = Path(place, f"anypickle-run-{os.urandom(8).hex()}").absolute()
        try:
            folder.mkdir(0o700)
        except OSError:
            continue
        return str(folder)
    raise FileNotFoundError("there is no folder for temporary files: set TMPDIR")


def _program(args: argparse.Namespace) -> list[str]:
    """The end of Python's command line: what is run, and its arguments."""
    if args.module is not None:
        return ["-m", *args.module] if args.module else []
    if args.code is not None:
        return ["-c", *args.code] if args.code else []
    script: list[str] = args.script[1:] if args.script[:1] == ["--"] else args.script
    return script


def _interpreter_options(command: Sequence[str]) -> list[str]:
    """The options that the user gave to Python itself: `python -X dev -m anypickle run` has `-X dev`."""
    options: list[str] = []
    rest = iter(command[1:])
    for word in rest:
        if word in _WITH_VALUE:
            options += [word, next(rest, "")]
        elif not word.startswith("-") or word == "-":
            break
        elif not word.startswith("--") and word[1] not in "WX" and "m" in word:
            if len(word) > 2 and word[1] != "m":  # -um: unbuffered, and then the module
                options.append(word[: word.index("m")])
            break
        else:
            options.append(word)
    return options


def _environment(*, follow: bool) -> dict[str, str]:
    """The environment in which `_run_site/sitecustomize.py` is found first, and what it needs to put it back."""
    environment = dict(os.environ)
    before = environment.get("PYTHONPATH")
    environment.pop("ANYPICKLE_PYTHONPATH", None)
    if before is not None:
        environment["ANYPICKLE_PYTHONPATH"] = before
    environment["PYTHONPATH"] = os.pathsep.join([str(_SITE), *([before] if before else [])])
    environment["ANYPICKLE_RUN"] = "follow" if follow else "once"
    environment["ANYPICKLE_TAG"] = sys.implementation.cache_tag or ""
    return environment
