"""Each interpreter of a process has a codec and shared memory of its own."""

from __future__ import annotations

import sys
import threading

import pytest

if sys.version_info >= (3, 13):
    import _interpreters as interpreters
else:
    import _xxsubinterpreters as interpreters

PROGRAM = """
import threading
import anypickle

for i in range(50):
    data = anypickle.dumps({"a": [i, {"b": (1, 2.5, "x")}], "lock": threading.Lock()})
    assert anypickle.loads(data)["a"] == [i, {"b": (1, 2.5, "x")}]
assert anypickle.loads(anypickle.dumps(lambda x: x + 1))(1) == 2

queue, lock = anypickle.Queue(), anypickle.Lock()
for i in range(50):
    with lock:
        queue.put({"a": [i, b"x" * i]})
assert [queue.get()["a"][0] for _ in range(50)] == list(range(50))
assert anypickle._core.__name__ and anypickle._shm.__name__
"""


def run() -> str | None:
    """Runs the program in an interpreter of its own (from 3.12 on with a GIL of its own); what it raised."""
    interpreter = interpreters.create()
    try:
        if sys.version_info >= (3, 13):
            failed = interpreters.exec(interpreter, PROGRAM)
            return None if failed is None else str(failed)
        interpreters.run_string(interpreter, PROGRAM)
        return None
    except Exception as error:
        return str(error)
    finally:
        interpreters.destroy(interpreter)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="what tells it is of Python 3.13")
def test_they_have_a_gil_of_their_own() -> None:
    interpreter = interpreters.create()
    try:
        assert interpreters.get_config(interpreter).gil == "own"
    finally:
        interpreters.destroy(interpreter)


def test_the_codec_works_in_interpreters_one_after_the_other() -> None:
    assert [run(), run()] == [None, None]


def test_the_codec_works_in_interpreters_side_by_side() -> None:
    results: list[str | None] = []
    threads = [threading.Thread(target=lambda: results.append(run())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [None] * 3
