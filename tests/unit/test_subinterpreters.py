"""Each interpreter of a process has a codec of its own."""

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
"""
WITH_SHARED_MEMORY = "import anypickle; anypickle.Queue()"


def run(program: str = PROGRAM) -> str | None:
    """Runs a program in an interpreter of its own (from 3.12 on with a GIL of its own); what it raised."""
    interpreter = interpreters.create()
    try:
        if sys.version_info >= (3, 13):
            failed = interpreters.exec(interpreter, program)
            return None if failed is None else str(failed)
        interpreters.run_string(interpreter, program)
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


@pytest.mark.skipif(sys.version_info < (3, 12), reason="interpreters share a GIL there")
def test_shared_memory_is_refused_in_words_where_the_gil_is_not_the_main_ones() -> None:
    assert "_shm does not support loading in subinterpreters" in str(run(WITH_SHARED_MEMORY))
