"""The command line: `anypickle VERB ...`, also as `python -m anypickle VERB ...`.

A verb is a module in `anypickle.commands` with a class of the same name, whose docstring is its help:

    class Scan:
        '''Say what a pickle would do.'''
        def configure(self, parser): ...
        def run(self, args) -> int: ...

Only the verb that is asked for is imported.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from anypickle import __version__, commands

__all__ = ["main"]

_CLOSED_PIPE = 128 + 13
"""What a shell says of a program that SIGPIPE ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb and returns its exit code: 0 fine, 1 a finding, 2 wrong usage."""
    words = sys.argv[1:] if argv is None else list(argv)
    verbs = _verbs()
    if words and words[0] in verbs:
        try:
            code = _run(words[0], words[1:])
            sys.stdout.flush()
        except BrokenPipeError:  # `anypickle explain ... | head` has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return _CLOSED_PIPE
        return code
    _explain_usage(words, verbs)
    return 2


def _verbs() -> list[str]:
    # As pkgutil.iter_modules has it, which costs each run ten milliseconds for its imports; so does inspect.getdoc.
    names = (name.partition(".")[0] for path in commands.__path__ for name in os.listdir(path))
    return sorted({name for name in names if not name.startswith("_")})


def _command(verb: str) -> Any:
    module = importlib.import_module(f"anypickle.commands.{verb}")
    return getattr(module, verb.capitalize())()


def _run(verb: str, words: list[str]) -> int:
    command = _command(verb)
    parser = argparse.ArgumentParser(
        prog=f"anypickle {verb}",
        description=_doc(command),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.configure(parser)
    code: int = command.run(parser.parse_args(words))
    return code


def _doc(command: Any) -> str:
    first, _, rest = (command.__doc__ or "").strip().partition("\n")
    return f"{first}\n{textwrap.dedent(rest)}".strip()


def _explain_usage(words: list[str], verbs: list[str]) -> None:
    """Prints help or the version and exits with 0, or says what is wrong and exits with 2."""
    parser = argparse.ArgumentParser(
        prog="anypickle",
        description="Any Python object crosses a process boundary with a stated meaning, or is explained.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="verbs:\n" + "\n".join(f"  {verb:<10}{_summary(verb)}" for verb in verbs)
        if not words or words[0] in ("-h", "--help")
        else None,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"anypickle {__version__}")
    parser.add_argument("verb", choices=verbs, metavar="VERB", help="what to do; see below")
    parser.add_argument("args", nargs=argparse.REMAINDER, help="its own: anypickle VERB --help")
    parser.parse_args(words)


def _summary(verb: str) -> str:
    return _doc(_command(verb)).partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
