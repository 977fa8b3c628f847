"""On a Python without a GIL the codec leaves it off; what shares memory, which is not made for that, switches it on."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig

import pytest

pytestmark = pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has a GIL for good"
)


def outcome(program: str) -> tuple[str, str]:
    """What it prints, and the last line of what it says of itself."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip(), (done.stderr.strip().splitlines() or [""])[-1]


def test_the_codec_leaves_it_off() -> None:
    program = """
import queue, sys, threading, anypickle
anypickle.loads(anypickle.dumps([1, lambda: 2, threading.Lock(), queue.Queue()]))
print(sys._is_gil_enabled())
"""
    assert outcome(program) == ("False", "")


def test_shared_memory_switches_it_on_and_works() -> None:
    program = """
import sys, warnings
warnings.simplefilter("ignore", RuntimeWarning)  # of which Python tells
import anypickle
queue = anypickle.Queue()
queue.put([1])
print(queue.get(), sys._is_gil_enabled())
"""
    assert outcome(program) == ("[1] True", "")
