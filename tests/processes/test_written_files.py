"""A file that both sides write loses nothing: they share one position, as after a fork."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.programs import ProgramRunner

PROGRAM = """
import multiprocessing
import sys


def child(log, data, header):
    log.write("child\\n")
    log.flush()
    data.write(b"child")
    data.flush()
    header.seek(0)
    header.write(b"HEAD")
    assert log.name.endswith("log.txt") and log.mode == "w" and data.mode == "wb"


def main(method, folder):
    context = multiprocessing.get_context(method)
    log = open(folder + "/log.txt", "w")
    data = open(folder + "/data.bin", "wb")
    header = open(folder + "/header.bin", "wb", buffering=0)
    log.write("parent\\n")
    data.write(b"parent")
    header.write(b"....body")
    for file in (log, data):
        file.flush()
    for _ in range(2):
        process = context.Process(target=child, args=(log, data, header))
        process.start()
        process.join()
        assert process.exitcode == 0
    log.write("end\\n")
    data.write(b"end")
    for file in (log, data, header):
        file.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_nothing_is_written_over(run_script: ProgramRunner, tmp_path: Path, method: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    done = run_script(PROGRAM, method, str(folder), under="anypickle", timeout=60)
    assert done.returncode == 0, done.stderr
    assert (folder / "log.txt").read_text().split() == ["parent", "child", "child", "end"]
    assert (folder / "data.bin").read_bytes() == b"parentchildchildend"
    assert (folder / "header.bin").read_bytes() == b"HEADbody"
