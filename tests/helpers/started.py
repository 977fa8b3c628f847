"""Processes that a test starts and ends, by the start method that it was given."""

from __future__ import annotations

from multiprocessing.context import BaseContext
from typing import Any

__all__ = ["end", "start"]


def start(mp: BaseContext, target: Any, *args: Any, **kwargs: Any) -> Any:
    """A process that has been started on `target(*args, **kwargs)`."""
    process = mp.Process(target=target, args=args, kwargs=kwargs)  # type: ignore[attr-defined]
    process.start()
    return process


def end(*processes: Any) -> None:
    """Waits for them; each has done what it was to do."""
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
