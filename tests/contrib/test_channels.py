"""An object that holds locks and a file arrives by every pickler of a library, and uninstall leaves no trace."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.helpers.programs import ProgramRunner

OBJECT = """
import os
import threading

class Holder:
    def __init__(self, path):
        self.lock, self.again, self.told = threading.Lock(), threading.RLock(), threading.Condition()
        self.file = open(path, "a+")

    def check(self):
        for lock in (self.lock, self.again, self.told):
            assert lock.acquire(timeout=5)
            lock.release()
        self.file.write("x")
        self.file.close()
        return True

def work(holder):
    return holder.check() and Holder(holder.file.name)

class Wants(Exception):
    def __init__(self, *, code):
        super().__init__(f"code {code}")
        self.code = code

class Unreadable:
    def __reduce__(self):
        return int, ("nonsense",)

def fail(how):
    if how == "wants":
        raise Wants(code=7)
    return Unreadable() if how == "unreadable" else os._exit(3)

def answer(jobs, answers):
    answers.put(jobs.get(timeout=20) * 2)
"""

PICKLERS = """
import copyreg, io, marshal, pickle, sys
import cloudpickle, dill, joblib
import anypickle
from holder import Holder

def tables():
    heirs = [pickle._Pickler]
    for heir in heirs:
        heirs += heir.__subclasses__()
    found = [dict(heir.dispatch) for heir in heirs] + [dict(copyreg.dispatch_table)]
    return found, [cloudpickle.dumps, dill.dumps, joblib.dump, marshal.dumps, pickle.dumps]

anypickle.install()
anypickle.uninstall()
before = tables()
anypickle.install()
held = Holder(sys.argv[1])
with held.lock:
    assert pickle.loads(dill.dumps(held)).check()
assert dill.loads(dill.dumps((lambda kept: lambda: kept)(held)))().check()
assert pickle.loads(cloudpickle.dumps(held)).check()
assert pickle.loads(cloudpickle.dumps((lambda kept: lambda: kept)(held)))().check()
for compress in (0, 3):
    joblib.dump(held, sys.argv[1] + ".joblib", compress=compress)
    assert joblib.load(sys.argv[1] + ".joblib").check()
assert pickle._loads(pickle._dumps(held)).check()
anypickle.uninstall()
assert tables() == before
held.file.close()
"""

POOLS = """
import queue, sys
import multiprocess, pathos.pools
import anypickle
from holder import Holder, answer, fail, work

def failure(call):
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

if __name__ == "__main__":
    anypickle.install()
    held = Holder(sys.argv[1])
    for method in ("fork", "spawn", "forkserver"):
        with multiprocess.get_context(method).Pool(1) as pool:
            assert pool.map(work, [held])[0].check()
            said = [failure(lambda: pool.apply_async(fail, (how,)).get(20)) for how in ("wants", "unreadable", "end")]
            assert said[0] == "Wants: code 7" and "nonsense" in said[1], said
            assert "ended with exit code 3 while it ran fail()" in said[2], said
        jobs, answers = queue.Queue(), queue.Queue()
        process = multiprocess.get_context(method).Process(target=answer, args=(jobs, answers))
        process.start()
        jobs.put(21)
        assert answers.get(timeout=20) == 42
        process.join()
    pool = pathos.pools.ProcessPool(1)
    assert pool.map(work, [held])[0].check()
    pool.close()
    pool.join()
    pool.clear()
    held.file.close()
"""


@pytest.mark.parametrize(
    ("program", "needs"),
    [
        pytest.param(PICKLERS, ("dill", "cloudpickle", "joblib"), id="picklers"),
        pytest.param(POOLS, ("multiprocess", "pathos"), id="pools"),
    ],
)
def test_a_holder_of_locks_and_a_file_arrives(
    program: str, needs: tuple[str, ...], run_script: ProgramRunner, tmp_path: Path
) -> None:
    for name in needs:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    folder = tmp_path / "programs"
    folder.mkdir(exist_ok=True)
    (folder / "holder.py").write_text(OBJECT)
    environment = {"PYTHONWARNINGS": "ignore"}
    run_script(program, str(folder / "file"), env=environment, timeout=100).ok()


UNMET = """
import csv, json, sys, threading
import joblib
import anypickle

class Needs(Exception):
    def __init__(self, *, code):
        super().__init__("said")
        self.code = code

class Mine(threading.local):
    pass

anypickle.install()
held = [json.JSONDecoder(), csv.reader(["a;b"], delimiter=";"), Needs(code=3), Mine()]
joblib.dump(held, sys.argv[1])
decoder, reader, error, mine = joblib.load(sys.argv[1])
assert decoder.decode("[1]") == [1] and next(reader) == ["a", "b"] and error.code == 3
assert type(mine) is Mine
"""


def test_joblib_writes_kinds_that_nobody_has_met_before(
    tmp_path: Path, run_script: ProgramRunner
) -> None:
    run_script(UNMET, str(tmp_path / "held.joblib")).ok()
