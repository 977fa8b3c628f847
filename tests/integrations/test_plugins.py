"""The pytest plugin, run by pytest itself, and the IPython magic."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from anypickle.integrations import ipython

pytest_plugins = ["pytester"]

TESTS = """
import threading
import pytest
import anypickle

class Model:
    def __init__(self, inside=None):
        self.inside = inside
    def __eq__(self, other):
        return type(self.inside) is type(other.inside)

{}
"""


def outcomes(pytester: pytest.Pytester, tests: str, *options: str) -> tuple[dict[str, int], str]:
    pytester.makepyfile(test_it=TESTS.format(tests))
    done = pytester.runpytest_subprocess(
        "-p",
        "no:cacheprovider",
        *options,
        timeout=100,
    )
    counts = done.parseoutcomes()
    counts.pop("warnings", None)  # of an editable install
    return counts, done.stdout.str()


def test_what_crosses_passes(pytester: pytest.Pytester, start_method: str) -> None:
    tests = f"""
def test_a(assert_crosses):
    assert_crosses(Model(threading.Lock()), to={start_method!r}, equal=True)
"""
    assert outcomes(pytester, tests)[0] == {"passed": 1}


def test_what_does_not_cross_fails_with_its_explanation(pytester: pytest.Pytester) -> None:
    tests = """
def test_a(assert_crosses):
    assert_crosses(Model([i for i in [(x for x in "ab")]]))
def test_b(assert_crosses):
    assert_crosses(Model(1), to="copy", equal=lambda sent, back: False)
"""
    counts, said = outcomes(pytester, tests)
    assert counts == {"failed": 2}
    assert "obj.inside[0]" in said and "fix: pass the function" in said
    assert "what came back from copy is not equal" in said


def test_the_option_and_the_marker_install(pytester: pytest.Pytester) -> None:
    tests = """
def test_plain():
    assert not anypickle.is_installed()
@pytest.mark.anypickle
def test_marked():
    assert anypickle.is_installed()
"""
    assert outcomes(pytester, tests, "--strict-markers")[0] == {"passed": 2}
    assert outcomes(pytester, tests, "--anypickle")[0] == {"passed": 1, "failed": 1}


def test_the_plugin_loads_nothing_heavy() -> None:
    program = (
        "import sys, anypickle.integrations.pytest_plugin\n"
        "print([m for m in sys.modules if m.startswith(('multiprocessing', 'anypickle.explain', "
        "'anypickle.channels'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


class Shell:
    """What an extension needs of IPython's shell."""

    def __init__(self, **names: Any) -> None:
        self.names = names
        self.magics: dict[str, Any] = {}

    def register_magic_function(self, function: Any, kind: str, name: str) -> None:
        self.magics[f"{kind}:{name}"] = function

    def ev(self, expression: str) -> Any:
        return eval(expression, self.names)


def test_the_magic_gives_a_report_that_a_notebook_shows() -> None:
    shell = Shell(obj={"rows": (i for i in "ab")})
    ipython.load_ipython_extension(shell)
    magic = shell.magics["line:anypickle"]
    report = magic("obj")
    assert [finding.path for finding in report.blockers] == ["obj['rows']"]
    assert "<details" in report._repr_html_()
    assert magic("--channel copy obj['rows']").channel == "copy"
