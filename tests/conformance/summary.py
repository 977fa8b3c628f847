"""Prints what drive.py wrote: counts, then each failing test with the last line it said.

python summary.py result.json [part of a test's name: shows its whole traceback]
"""

from __future__ import annotations

import collections
import json
import sys
from pathlib import Path


def main(path: str, *wanted: str) -> None:
    outcome: dict[str, str] = json.loads(Path(path).read_text())
    failed = {k: v for k, v in outcome.items() if v not in ("ok", "skipped")}
    print(collections.Counter(v if k not in failed else "failed" for k, v in outcome.items()))
    for test, said in failed.items():
        if any(part in test for part in wanted):
            print(f"--- {test}\n{said}")
        else:
            print(f"{test}: {said.strip().splitlines()[-1][:160]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
