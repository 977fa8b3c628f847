"""`anypickle doctor` says what is so, and its exit code whether there is something to do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GUARDED = """
import multiprocessing
multiprocessing.set_start_method("spawn")
def work(): multiprocessing.Pool(2)
if __name__ == "__main__":
    work()
    multiprocessing.Process(target=work).start()
"""
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.endswith("_NUM_THREADS") and name != "LOKY_PICKLER"
}


def doctor(
    *words: Any, before: tuple[str, ...] = (), **environment: str
) -> tuple[int, dict[str, Any]]:
    command = [*before, sys.executable, "-m", "anypickle", "doctor", "--json", *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env={**CLEAN, **environment}
    )
    assert done.returncode in (0, 1), done.stderr
    told = {check["name"]: check for check in json.loads(done.stdout)}
    assert done.returncode == any(check["advice"] for check in told.values())
    return done.returncode, told


def test_what_it_sees_is_so() -> None:
    _, told = doctor()
    assert told["Python"]["value"].startswith(sys.version.split()[0])
    assert told["start method"]["value"].split()[0] in ("fork", "forkserver", "spawn")
    assert "__main__" in told["forkserver preload"]["value"]
    assert told["other reducers in copyreg"]["value"] == "none", "re is the standard library's"
    assert int(told["cores"]["value"].split(",")[0]) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("value", "cores", "advice"),
    [("1", None, ""), ("64", None, "OMP_NUM_THREADS="), ("many", None, "")],
)
def test_thread_limits(value: str, cores: None, advice: str) -> None:
    _, told = doctor(OMP_NUM_THREADS=value)
    check = told["threads of numeric libraries"]
    assert f"OMP_NUM_THREADS={value}" in check["value"]
    assert bool(advice) == (advice in check["advice"] and check["advice"] != "")


@pytest.mark.parametrize(
    ("chosen", "said", "advice"),
    [
        (None, "and anypickle's once it is installed", ""),
        ("cloudpickle", "and anypickle's once it is installed", ""),
        ("anypickle.channels.loky", "anypickle.channels.loky", ""),
        ("json", "json", "leaves that choice alone"),
        ("no_such_pickler", "no_such_pickler", "there is no module"),
    ],
)
def test_the_pickler_of_loky(chosen: str | None, said: str, advice: str) -> None:
    pytest.importorskip("joblib")
    _, told = doctor(**({} if chosen is None else {"LOKY_PICKLER": chosen}))
    check = told["loky's pickler"]
    assert said in check["value"] and advice in check["advice"]
    assert bool(advice) == bool(check["advice"])


def test_what_a_program_has_set_is_told_within_it(tmp_path: Path) -> None:
    (tmp_path / "a_package_of_theirs.py").write_text(
        "import copyreg, multiprocessing\n"
        "from multiprocessing.reduction import ForkingPickler\n"
        "class Kind: ...\n"
        "def reduce(kind): return Kind, ()\n"
        "copyreg.pickle(Kind, reduce)\n"
        "ForkingPickler.register(Kind, reduce)\n"
        "multiprocessing.set_start_method('forkserver')\n"
    )
    code, told = doctor("--import", "a_package_of_theirs", PYTHONPATH=str(tmp_path))
    assert told["other reducers in copyreg"]["value"] == "a_package_of_theirs"
    assert told["and in multiprocessing"]["value"] == "a_package_of_theirs"
    assert told["start method"]["value"].startswith("forkserver;")
    assert code == 1
    advice = told["forkserver preload"]["advice"]
    assert advice.endswith("multiprocessing.set_forkserver_preload(['__main__', 'anypickle'])")
    (tmp_path / "and_preloads.py").write_text(
        f"import a_package_of_theirs, multiprocessing\n{advice.partition(': ')[2]}\n"
    )
    _, told = doctor("--import", "and_preloads", PYTHONPATH=str(tmp_path))
    assert told["forkserver preload"]["value"] == "__main__, anypickle"
    assert not told["forkserver preload"]["advice"]


def test_the_guard_of_a_script(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(GUARDED)
    _, told = doctor(script)
    assert told["__main__ guard"] == {
        "name": "__main__ guard",
        "value": f"{script} has one",
        "advice": "",
    }
    script.write_text(GUARDED.replace('if __name__ == "__main__"', "if True"))
    code, told = doctor(script)
    assert code == 1
    assert told["__main__ guard"]["value"].startswith(f"{script}:7 calls Process")
    assert 'if __name__ == "__main__":' in told["__main__ guard"]["advice"]


def test_shared_memory_that_is_small_or_not_there() -> None:
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("only root has a /dev/shm of its own")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("in a chroot nobody has mounts of his own")
    for mount, said, advice in (
        ("mount -t tmpfs -o size=1m tmpfs /dev/shm", "MB free of 1 MB", "will not fit"),
        ("mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3", "not there", "mount a tmpfs"),
    ):
        shell = f'{mount} && exec "$@"'
        _, told = doctor(before=("unshare", "-m", "sh", "-c", shell, "sh"))
        check = told["/dev/shm"]
        assert said in check["value"] and advice in check["advice"]


def test_exit_codes(tmp_path: Path) -> None:
    for words in (["--nope"], ["--import", "no_such_module"], [str(tmp_path / "no.py")]):
        command = [sys.executable, "-m", "anypickle", "doctor", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and done.stderr and "Traceback" not in done.stderr
