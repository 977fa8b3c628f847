"""What a task of a pool gives and can't cross is an error of that task, which names it; the pool goes on."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import anypickle
from tests.helpers.programs import ProgramRunner

ROOT = Path(__file__).parents[2]
# Standard pools leave descriptors open until they are collected.
pytestmark = pytest.mark.may_leave("descriptors")


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    with anypickle.installed():
        yield


class Unreadable(Exception):
    """Can be pickled, and not be unpickled."""

    def __reduce__(self) -> Any:
        return int, ("nonsense",)


class Unwritable(Exception):
    def __reduce__(self) -> Any:
        raise RuntimeError("it has no words")


def give(what: str) -> Any:
    if what == "a generator":
        return (number for number in [1])
    if what == "an error with a generator":
        raise ValueError(number for number in [1])
    if what == "an error that refuses":
        raise Unwritable("mine")
    if what == "what is unreadable":
        return Unreadable()
    if what == "an error that is unreadable":
        raise Unreadable
    return {"lock": threading.Lock()}


TOLD = {
    "a generator": "cannot pickle 'generator' object",
    "an error with a generator": "builtins.ValueError: <generator",
    "an error that refuses": "Unwritable: mine, which could not cross: it has no words",
    "what is unreadable": "invalid literal for int",
    "an error that is unreadable": "invalid literal for int",
}
NOTED = {
    "what is unreadable": "the result could",
    "an error that is unreadable": "the result could",
}


def check(call: Callable[[str], Any]) -> None:
    for what, told in TOLD.items():
        with pytest.raises(Exception, match=told) as caught:
            call(what)
        (note,) = [n for n in caught.value.__notes__ if n.startswith("anypickle: ")]
        assert NOTED.get(what, "can't cross.\n  fix: ") in note
    assert not call("a lock")["lock"].locked()


def test_a_pool_goes_on() -> None:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        check(lambda what: pool.apply_async(give, (what,)).get(20))
        with pytest.raises(ValueError, match="invalid literal") as caught:
            pool.apply_async(give, (Unreadable(),)).get(20)
        assert caught.value.__notes__ == [
            "anypickle: the task could not be unpickled in the worker"
        ]
        assert pool.apply_async(abs, (-1,)).get(20) == 1


def test_an_executor_goes_on() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as executor:
        check(lambda what: executor.submit(give, what).result(20))
        with pytest.raises(ValueError, match="invalid literal") as caught:
            executor.submit(give, Unreadable()).result(20)
        assert caught.value.__notes__ == [
            "anypickle: the task could not be unpickled in the worker"
        ]
        assert executor.submit(abs, -1).result(20) == 1


LOKY = """
import sys
sys.path.insert(0, sys.argv[1])
from joblib.externals import loky
from tests.processes.test_undeliverable import Unreadable, check, give
if __name__ == "__main__":
    with loky.ProcessPoolExecutor(1) as executor:
        check(lambda what: executor.submit(give, what).result(60))
        try:
            executor.submit(give, Unreadable()).result(60)
        except ValueError as error:
            print(*error.__notes__)
        print(executor.submit(abs, -1).result(60))
"""


@pytest.mark.timeout(120)
def test_loky_goes_on(run_script: ProgramRunner) -> None:
    done = run_script(LOKY, str(ROOT), under="anypickle").ok()
    assert done.stdout.splitlines() == [
        "anypickle: the task could not be unpickled in the worker",
        "1",
    ]
