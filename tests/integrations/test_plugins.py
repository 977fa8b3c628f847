"""The pytest plugin, run by pytest itself, and the IPython magic."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import threading
import pytest
import anypickle

class Model:
    def __init__(self, inside=None):
        self.inside = inside
    def __eq__(self, other):
        return isinstance(other.inside, type(self.inside))

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


NOTEBOOK = """
import threading
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "anypickle")
shell.run_cell("class Model: pass")
shell.run_cell("obj = Model(); obj.rows = {'all': (i for i in 'ab')}; obj.token = 'hunter2'")
shown = shell.run_cell("%anypickle obj").result
(blocker,) = shown.blockers
assert blocker.path == "obj.rows['all']", blocker.path
assert any(finding.detector == "main-without-file" for finding in shown), "it runs from no file"

data, _ = shell.display_formatter.format(shown)
assert data["text/html"].startswith("<iframe srcdoc=") and "&lt;details" in data["text/html"]
assert "hunter2" not in data["text/html"] and "hunter2" not in data["text/plain"]
assert "can't cross" in data["text/plain"]

assert shell.run_cell("%anypickle --channel copy obj.rows['all']").result.channel == "copy"
assert shell.run_line_magic("anypickle", "Model").blockers == ()
for wrong in ("--channel", "--channel nowhere obj", ""):
    done = shell.run_cell(f"%anypickle {wrong}")
    assert isinstance(done.error_in_exec, (ValueError, TypeError)), done.error_in_exec
    assert "channel" in str(done.error_in_exec).lower(), done.error_in_exec
assert "Explains" in shell.find_line_magic("anypickle").__doc__
print("done")
"""


def test_the_magic_of_a_notebook(tmp_path: Path) -> None:
    pytest.importorskip("IPython", reason="there is no IPython for this Python")
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "IPYTHONDIR": str(tmp_path)},
    )
    assert done.returncode == 0 and "done" in done.stdout, done.stdout + done.stderr
