"""Runs suites of CPython's in this process and writes what came of each test as JSON.

    python drive.py --subject anypickle._core --out result.json test.test_pickle cross
    python drive.py --install --out result.json test.test_copy

The first puts the subject in the place of `_pickle`; the second runs the suite with `anypickle.install()` active.
The hints that the house adds to errors as notes of its own are off: CPython's tests compare the notes with CPython's.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import signal
import sys
import unittest
from pathlib import Path

#: no test may take more: one that runs away fails and the others go on
_SECONDS = 60
_BYTES = 6 << 30


def _limit() -> None:
    def expire(signum: int, frame: object) -> None:
        raise TimeoutError(f"not done within {_SECONDS} s")

    signal.signal(signal.SIGALRM, expire)
    if os.environ.get("ANYPICKLE_SANITIZED") != "1":  # sanitizers want all addresses
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))


class Outcomes(unittest.TestResult):
    """`{test id: "ok" | "skipped" | traceback}`."""

    def __init__(self) -> None:
        super().__init__()
        self.outcome: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        signal.alarm(_SECONDS)

    def stopTest(self, test: unittest.TestCase) -> None:
        signal.alarm(0)
        super().stopTest(test)

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.outcome.setdefault(test.id(), "ok")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self.outcome.setdefault(test.id(), "skipped")

    def _failed(self, test: unittest.TestCase, error: object) -> None:
        self.outcome[test.id()] = self._exc_info_to_string(error, test)  # type: ignore[attr-defined]

    addFailure = addError = _failed  # type: ignore[assignment]

    def addSubTest(
        self, test: unittest.TestCase, subtest: unittest.TestCase, error: object
    ) -> None:
        if error is not None:
            self._failed(test, error)

    def addExpectedFailure(self, test: unittest.TestCase, error: object) -> None:
        self.outcome.setdefault(test.id(), "ok")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self.outcome[test.id()] = "unexpected success"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", help="the module that stands in for _pickle")
    parser.add_argument("--install", action="store_true", help="call anypickle.install() first")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("suites", nargs="+", help="modules, or module:Class.test")
    args = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    sys.modules["anypickle.explain.notes"] = None  # type: ignore[assignment]
    if args.subject:
        importlib.import_module("subject").impersonate(args.subject)
    if args.install:
        importlib.import_module("anypickle").install()
    importlib.import_module("test.support").verbose = 0  # type: ignore[attr-defined]
    tests = unittest.TestSuite()
    for suite in args.suites:
        name, _, part = suite.partition(":")
        module = importlib.import_module(name)
        loader = unittest.defaultTestLoader
        tests.addTests(
            loader.loadTestsFromName(part, module) if part else loader.loadTestsFromModule(module)
        )
    _limit()
    result = Outcomes()
    tests.run(result)
    args.out.write_text(json.dumps(result.outcome, indent=1))


if __name__ == "__main__":
    main()
