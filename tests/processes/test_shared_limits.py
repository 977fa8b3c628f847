"""Little of everything: file sizes, descriptors, /dev/shm. It works or says why not; who needs none of it runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from anypickle import shared
from tests.helpers.patience import SANITIZED
from tests.helpers.programs import ProgramRunner

PROGRAM = """
    import multiprocessing
    from anypickle.shared import Queue

    if __name__ == "__main__":
        queue = Queue()
        queue.put(b"x" * 100_000)
        process = multiprocessing.get_context("fork").Process(target=queue.put, args=(1,))
        process.start()
        process.join()
        print(len(queue.get(timeout=10)), queue.get(timeout=10))
"""
WITHOUT = """
    import multiprocessing, sys, threading

    class Model:
        def __init__(self):
            self.lock = threading.Lock()

    def work(model):
        with model.lock:
            print("worked")

    if __name__ == "__main__":
        process = multiprocessing.get_context(sys.argv[1]).Process(target=work, args=(Model(),))
        process.start()
        process.join()
        print(process.exitcode)
"""


def limited(limit: str) -> list[str]:
    return ["sh", "-c", f'ulimit {limit} && exec "$0" "$@"', sys.executable]


_NO_LIMIT = pytest.mark.skipif(SANITIZED, reason="the sanitizer wants all addresses")


@pytest.mark.parametrize("limit", [pytest.param("-v 1000000", marks=_NO_LIMIT), "-n 10"])
def test_with_little_it_works(run_script: ProgramRunner, limit: str) -> None:
    assert run_script(PROGRAM, python=limited(limit)).ok().stdout == "100000 1\n"


def test_without_room_for_a_file_it_says_so(run_script: ProgramRunner) -> None:
    done = run_script(PROGRAM, python=limited("-f 1000"))
    assert done.stderr.splitlines()[-1].startswith(
        "OSError: no shared memory: no file of that size"
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_who_needs_no_shared_memory_runs_without(run_script: ProgramRunner, method: str) -> None:
    done = run_script(WITHOUT, method, under="anypickle", python=limited("-f 1000"))
    assert done.ok().stdout == "worked\n0\n"


def test_a_full_dev_shm_does_not_matter(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))
    own = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    full = "mount -t tmpfs -o size=4k none /dev/shm && head -c 4096 /dev/zero > /dev/shm/full"
    if (
        shutil.which("unshare") is None
        or subprocess.run([*own, full], capture_output=True).returncode
    ):
        pytest.skip("no mount namespace of one's own is to be had here")
    run = subprocess.run(
        [*own, f'{full} && exec "$0" "$@"', sys.executable, str(program)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "100000 1\n"


def test_a_handle_that_was_made_up_is_refused() -> None:
    queue = shared.Queue()
    uuid, number, generation = queue._handle()
    for wrong in ((number + 1_000_000, generation), (number, generation + 1), (2**32 - 1, 0)):
        with pytest.raises(shared.GoneError):
            shared.Queue._attach(uuid, *wrong, False)
    with pytest.raises((shared.GoneError, TypeError)):
        shared.Lock._attach(uuid, number, generation, False)
