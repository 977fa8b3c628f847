"""CPython's own tests of pickle, copy and copyreg, in a program in which anypickle is installed."""

from __future__ import annotations

import importlib.util
import re

import pytest

from tests.helpers.programs import ProgramRunner

pytestmark = pytest.mark.timeout(300)

MORE_THAN_CPYTHON = {
    "test_local_lookup_error",  # a function within a function
    "test_c_methods",  # methods of built-in types, bound and not
    "test_py_methods",  # staticmethod and classmethod objects
    "test_newobj_proxies",  # a weak proxy arrives as one
}
"""What `pickle.dumps` is expected to refuse, or to write in another way, and by ours crosses."""


@pytest.mark.skipif(
    importlib.util.find_spec("test.test_pickle") is None, reason="CPython's tests are not installed"
)
def test_the_suites_pass_but_for_what_we_pickle_more(run_script: ProgramRunner) -> None:
    program = """
        import unittest
        unittest.main(module=None, argv=["x", "test.test_pickle", "test.test_copy", "test.test_copyreg"])
        """
    done = run_script(program, under="anypickle", timeout=280)
    assert re.search(r"Ran \d{3,} tests", done.stderr), done.stderr[-2000:]
    failed = set(re.findall(r"^(?:FAIL|ERROR): (\w+) \(([\w.]+)", done.stderr, re.MULTILINE))
    unexpected = {
        f"{where}: {name}"
        for name, where in failed
        if name not in MORE_THAN_CPYTHON or "InMemoryPickleTests" not in where
    }
    assert unexpected == set(), done.stderr[-4000:]
