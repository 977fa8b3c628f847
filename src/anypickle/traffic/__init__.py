"""What crosses in a run, counted where it crosses: `anypickle run --report out.html script.py`.

Each process counts for itself (`meter`), for each line of the program that sends something (`sites`, and `tasks`
where another thread does the sending). The counts live in a file that is mapped into memory (`tallies`), so that they
outlive a worker that is killed, and counting writes nothing anywhere. At the end the first process adds them up
(`summary`).

A process counts while `ANYPICKLE_REPORT` names a directory; whoever is started by one that counts inherits it.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["VARIABLE", "start", "stop"]

VARIABLE = "ANYPICKLE_REPORT"


def start() -> None:
    """Counts from now on, where the environment asks for it; called when anypickle is installed."""
    folder = os.environ.get(VARIABLE)
    if folder and Path(folder).is_dir():
        from anypickle.traffic import meter

        meter.start(folder)


def stop() -> None:
    """Counts no more."""
    import sys

    if "anypickle.traffic.meter" in sys.modules:
        sys.modules["anypickle.traffic.meter"].stop()
