"""CPython's own test of pickles that go through another Python: ours writes, that one reads and writes, ours reads.

CPython's asks older versions only. This asks every other Python 3 that is on PATH; the other side is its stock pickle,
and has no anypickle.
"""

from __future__ import annotations

import builtins
import sys
import unittest
from typing import Any

import subject
from test import test_xpickle

from anypickle.crossing import crossing
from anypickle.policy import Channel

_OTHERS = [
    (3, minor)
    for minor in range(8, 30)
    if minor != sys.version_info.minor and test_xpickle.have_python_version((3, minor))
]


class OursPythonCompat(test_xpickle.CPicklePythonCompat):
    """Both sides here are ours (`subject.impersonate` has put ours into `_pickle`)."""

    def dumps(self, arg: Any, proto: int = 0, **options: Any) -> Any:
        """By name what is in `__main__`, as while anypickle is installed: the other side has the same there."""
        with crossing(Channel.BYTES, root=arg, shares_main=True):
            return super().dumps(arg, proto, **options)


class OursThenStockPythonCompat(OursPythonCompat):
    """Ours writes, the other Python reads and writes, stock reads."""

    unpickler = subject.stock().Unpickler


class StockThenOursPythonCompat(OursPythonCompat):
    """Stock writes, the other Python reads and writes, ours reads."""

    pickler = subject.stock().Pickler


def load_tests(loader: unittest.TestLoader, _tests: Any, _pattern: Any) -> unittest.TestSuite:
    """One class for each pair and each other Python."""
    suite = unittest.TestSuite()
    for version in _OTHERS:
        for base in (OursPythonCompat, OursThenStockPythonCompat, StockThenOursPythonCompat):
            made = test_xpickle.make_test(version, base)
            if not hasattr(builtins, "frozendict"):  # which an older one does not know to skip
                for name in dir(made):
                    if name.startswith("test_") and name.endswith("_frozendict"):
                        setattr(made, name, None)
            suite.addTest(loader.loadTestsFromTestCase(made))
    return suite
