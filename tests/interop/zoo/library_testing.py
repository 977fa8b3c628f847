"""Kinds of what tests and measures: unittest, mock, doctest, timeit, trace. Runs in `__main__`; see `zoo.send`."""

import doctest
import timeit
import trace
import tracemalloc
import unittest
import unittest.mock

from tests.interop.zoo import kind


def doctests():
    """Adds.

    >>> 1 + 1
    2
    """


@kind("doctest", "assert value[0].examples[0].source == '1 + 1\\n'")
def _():
    return doctest.DocTestFinder().find(doctests, "n", globs={})


@kind("Timer of timeit", "assert value.timeit(1) >= 0")
def _():
    return timeit.Timer("x", globals={"x": 1})


@kind("trace.Trace", "assert value.counts == {}")
def _():
    return trace.Trace(count=1, trace=0)


@kind("tracemalloc.Snapshot", "assert value.statistics('lineno') is not None")
def _():
    tracemalloc.start()
    snapshot = tracemalloc.take_snapshot()
    tracemalloc.stop()
    return snapshot


@kind(
    "TestCase",
    """
    import unittest
    r = unittest.TestResult()
    value.run(r)
    assert r.wasSuccessful()
    assert r.testsRun == 1
    """,
)
def _():
    class Case(unittest.TestCase):
        def test_it(self):
            self.assertEqual(1, 1)

    return Case("test_it")


@kind(
    "TestSuite, TestLoader, TestResult",
    "s, l, r = value\ns.run(r)\nassert r.testsRun == 1 and l.testMethodPrefix == 'test'",
)
def _():
    class Case(unittest.TestCase):
        def test_it(self): ...

    return unittest.TestSuite([Case("test_it")]), unittest.TestLoader(), unittest.TestResult()


@kind(
    "mock.call and sentinel",
    """
    from unittest import mock
    a, b = value
    assert a == mock.call(1, x=2)
    assert b is mock.sentinel.thing
    """,
)
def _():
    return unittest.mock.call(1, x=2), unittest.mock.sentinel.thing


@kind("mock.ANY", "assert value == 3 and value == 'x'")
def _():
    return unittest.mock.ANY


@kind("MagicMock", "assert value.f(1) == 3 and value.x.y == 5\nvalue.f.assert_called_with(1)")
def _():
    made = unittest.mock.MagicMock()
    made.f.return_value = 3
    made.x.y = 5
    return made


@kind(
    "Mock with a spec and side effect",
    """
    import threading
    assert isinstance(value, threading.Event)
    assert value.is_set() == 7
    try:
        value.nothing
    except AttributeError:
        pass
    else:
        raise AssertionError
    """,
)
def _():
    import threading

    made = unittest.mock.Mock(spec=threading.Event)
    made.is_set.side_effect = lambda: 7
    return made


@kind("mock.patch of a function", "assert value() == 5")
def _():
    @unittest.mock.patch("os.getpid", return_value=5)
    def f(getpid):
        import os

        return os.getpid()

    return f
