"""How far a long walk is: a line on standard error that is rewritten, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

__all__ = ["shown"]

_QUIET_SECONDS = 1.0
_EVERY_SECONDS = 0.2


def shown() -> Callable[[int | None], None] | None:
    """What `explain` is to call with the number of objects so far, and with None at the end.

    None where nobody looks.
    """
    if not sys.stderr.isatty():
        return None
    due = time.monotonic() + _QUIET_SECONDS
    written = False

    def show(visited: int | None) -> None:
        nonlocal due, written
        now = time.monotonic()
        if visited is None:
            if written:
                print("\r\033[K", end="", file=sys.stderr, flush=True)
        elif now >= due:
            written, due = True, now + _EVERY_SECONDS
            print(f"\r\033[K{visited:,} objects ...", end="", file=sys.stderr, flush=True)

    return show
