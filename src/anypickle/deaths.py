"""How a worker's death is told: which worker, what ended it, what it was doing.

worker SpawnPoolWorker-1 (pid 4711) was killed by SIGKILL while it ran work(), item 3 of map()
"""

from __future__ import annotations

import signal
from typing import Any

__all__ = ["WorkerDiedError", "ended", "obituary"]


class WorkerDiedError(RuntimeError):
    """The worker of a pool died while it had the task; the pool goes on without it, unless the text says otherwise."""


def obituary(process: Any, doing: str) -> str:
    """One sentence on a process that has ended."""
    return f"worker {process.name} (pid {process.pid}) {ended(process.exitcode)} while it {doing}"


def ended(exitcode: int | None) -> str:
    """What an exit code says, as a verb."""
    if exitcode is None:
        return "died"
    if exitcode >= 0:
        return f"ended with exit code {exitcode}"
    try:
        return f"was killed by {signal.Signals(-exitcode).name}"
    except ValueError:
        return f"was killed by signal {-exitcode}"
