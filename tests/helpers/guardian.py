"""A process beside pytest that ends it when even its signal handlers no longer run.

It reads "<seconds>\\n" (arm) and "\\n" (disarm) from its standard input. When the time is over it kills pytest and all
that descends from it. A thread could not do this: a second thread makes every `os.fork` of Python 3.12 and later warn.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.helpers import proc


class Guardian:
    """The side of pytest: `arm` before a test, `disarm` after it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", __file__, str(os.getpid())], stdin=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def arm(self, seconds: float) -> None:
        """Kill everything unless `disarm` is called within `seconds`."""
        self._say(str(seconds))

    def disarm(self) -> None:
        """The test is over."""
        self._say("")

    def close(self) -> None:
        """End the guardian itself."""
        self._process.kill()
        self._process.communicate()


def main(parent: int) -> None:
    seconds: float | None = None
    while True:
        ready, _, _ = select.select([0], [], [], seconds)
        if os.getppid() != parent:
            return
        if not ready:
            print(
                f"\nguardian: pytest did not come back within {seconds:g} s; killing it",
                file=sys.stderr,
            )
            proc.kill([pid for pid in [*proc.descendants(parent), parent] if pid != os.getpid()])
            return
        line = os.read(0, 4096)
        if not line:
            return
        seconds = float(last) if (last := line.split(b"\n")[-2]) else None


if __name__ == "__main__":
    main(int(sys.argv[1]))
