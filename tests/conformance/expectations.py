"""Reads expected.txt: the tests of CPython's that are meant to fail here, each with its reason."""

from __future__ import annotations

import fnmatch
import sys
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("expected.txt")


@dataclass(frozen=True)
class Expectation:
    """Tests whose id matches `pattern` fail on the Pythons in `versions` ("*" or "3.11,3.12")."""

    versions: str
    pattern: str
    reason: str

    def applies(self) -> bool:
        """Whether it is about the Python that runs."""
        here = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return self.versions == "*" or here in self.versions.split(",")

    def matches(self, test: str) -> bool:
        """Whether it is about `test`."""
        return fnmatch.fnmatchcase(test, self.pattern)


def expectations() -> list[Expectation]:
    """Every line of expected.txt that is about the Python that runs."""
    found = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            where, _, reason = line.partition(": ")
            versions, _, pattern = where.partition(" ")
            assert pattern and reason, f"expected.txt: not '<Pythons> <test>: <reason>': {line}"
            found.append(Expectation(versions, pattern.strip(), reason))
    return [expectation for expectation in found if expectation.applies()]
