"""Writes docs/objects.md: which kinds of objects arrive right with anypickle, cloudpickle, dill and pickle.

python -m benchmarks.zoo

All of them send the same zoo (tests/interop/zoo) from a program's `__main__`; what each wrote is read in fresh
processes, by stock `pickle.loads` (dill's by `dill.loads`), where the same checks look at what arrived.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks import machine, objects

PICKLERS = ("anypickle", "cloudpickle", "dill", "pickle")
_ROOT = Path(__file__).parents[1]
_ZOO = _ROOT / "tests" / "interop" / "zoo"
_SECONDS = 900
_MARKS = {"right": "right", "refused": "refused", "unreadable": "can't be loaded", "wrong": "**wrong**",
          "hung": "**hangs**", "crashed": "**crashes**"}  # fmt: skip

_INTRO = """
Measured by `python -m benchmarks.zoo`, in one run. A program of {kinds} kinds of objects dumps each of them
with each pickler; stock `pickle.loads` (`dill.loads` for dill, whose bytes need it) reads them in a fresh process that
shares nothing with the program but the installed packages, and a check looks at what arrived. The kinds and their
checks are in `tests/interop/zoo`.

- *right*: the check holds. *refused*: `dumps` raised an error. *can't be loaded*: `dumps` was content, `loads` failed.
- *wrong*: it arrived without a word, and is not what was sent.
- A kind marked "(refused)" can't cross by its nature: refusing it in words is what is right.

{machine}

| | {names} |
|---|{rule}|
{summary}
"""


def outcomes(pickler: str, directory: Path) -> tuple[list[list[str]], list[str]]:
    """The kinds (file, name, check) and what became of each with this pickler."""
    directory.mkdir()
    environment = {**os.environ, "TMPDIR": str(directory)}
    loader = "dill" if pickler == "dill" else "pickle"
    for script, *arguments in (
        ("send", pickler, str(directory)),
        ("receive", str(directory), loader),
    ):
        subprocess.run(
            [sys.executable, str(_ZOO / f"{script}.py"), *arguments],
            cwd=directory,
            env=environment,
            timeout=_SECONDS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    found = json.loads((directory / "outcome.json").read_text())
    return json.loads((directory / "kinds.json").read_text()), [outcome for outcome, _ in found]


def page(kinds: list[list[str]], found: dict[str, list[str]]) -> str:
    """The second part of docs/objects.md."""
    about = machine.describe(["anypickle", "cloudpickle", "dill"])
    versions: dict[str, str] = about["versions"]  # type: ignore[assignment]
    said = ", ".join(f"{name} {version}" for name, version in versions.items())
    counts = {pickler: Counter(what) for pickler, what in found.items()}
    summary = "".join(
        f"| {_MARKS[outcome]} | {' | '.join(str(counts[p][outcome]) for p in PICKLERS)} |\n"
        for outcome in _MARKS
    )
    text = _INTRO.format(
        kinds=len(kinds),
        machine=f"{about['python']}, {said}.",
        names=" | ".join(PICKLERS),
        rule="|".join("---:" for _ in PICKLERS),
        summary=summary,
    )
    for file in dict.fromkeys(kind[0] for kind in kinds):
        text += f"\n### {file.capitalize()}\n\n| kind | {' | '.join(PICKLERS)} |\n|---|{'---|' * len(PICKLERS)}\n"
        for number, (of, name, _) in enumerate(kinds):
            if of == file:
                row = " | ".join(_MARKS[found[pickler][number]] for pickler in PICKLERS)
                text += f"| {name} | {row} |\n"
    return text


def main() -> None:
    """Run the zoo with each pickler and write the page."""
    found = {}
    kinds: list[list[str]] = []
    with tempfile.TemporaryDirectory() as directory:
        for pickler in PICKLERS:
            kinds, found[pickler] = outcomes(pickler, Path(directory) / pickler)
    objects.PAGE.write_text(objects.registry_part() + objects.BORDER + page(kinds, found))
    print(f"Wrote {objects.PAGE.relative_to(_ROOT)}")


if __name__ == "__main__":
    main()
