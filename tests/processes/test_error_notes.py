"""Whoever refuses, the error ends in one note: path in the caller's words, fix, and the command that tells the rest."""

from __future__ import annotations

import copy
import io
import multiprocessing
import pickle
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext
from typing import Any

import pytest

import anypickle
from tests.helpers.programs import ProgramRunner

pytestmark = pytest.mark.usefixtures("installed")


def stuck() -> Iterator[int]:
    yield 1


class Task:
    def __init__(self) -> None:
        self.rows = {"all": [stuck()]}

    def run(self) -> None: ...


class OwnCopy:
    def __init__(self, inside: Any) -> None:
        self.inside = inside

    def __deepcopy__(self, memo: dict[int, Any]) -> OwnCopy:
        return OwnCopy(copy.deepcopy(self.inside, memo))


def gives() -> Any:
    return {"a": stuck()}


def work(*args: Any, **options: Any) -> int:
    return 1


def note_of(call: Callable[[], Any]) -> list[str]:
    with pytest.raises(Exception) as caught:
        call()
    text = "".join(traceback.format_exception(caught.value))
    assert text.count("anypickle: ") == 1, "one note, whatever else is shown with it"
    notes = getattr(caught.value, "__notes__", [])
    (note,) = [note for note in notes if note.startswith("anypickle: ")]
    path = getattr(caught.value, "path", None)
    assert note.startswith(f"anypickle: {path} (generator) can't cross.")
    lines = [line.strip() for line in note.splitlines()]
    assert lines[1].startswith("fix: pass the function and its arguments")
    assert lines[2].startswith("all of it: print(anypickle.explain(")
    return [str(path), lines[2].removeprefix("all of it: ")]


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_what_a_process_is_started_with(method: str) -> None:
    context: Any = multiprocessing.get_context(method)
    processes = {
        "target.__self__.rows['all'][0]": context.Process(target=Task().run),
        "args[1].rows['all'][0]": context.Process(target=work, args=(1, Task())),
        "kwargs['k'][0].rows['all'][0]": context.Process(target=work, kwargs={"k": [Task()]}),
    }
    for path, process in processes.items():
        assert note_of(process.start)[0] == path


@pytest.mark.timeout(180)
def test_what_a_pool_is_given(mp: BaseContext) -> None:
    with mp.Pool(1) as pool:
        assert note_of(lambda: pool.apply(work, (Task(),))) == [
            "args[0].rows['all'][0]",
            "print(anypickle.explain(args[0], channel='task'))",
        ]
        assert note_of(lambda: pool.apply(work, (), {"k": Task()}))[0] == "kwds['k'].rows['all'][0]"
        assert note_of(lambda: pool.map(work, [1, Task()]))[0] == "args[0].rows['all'][0]"
        assert note_of(lambda: pool.starmap(work, [(1, Task())]))[0] == "args[1].rows['all'][0]"
        assert note_of(lambda: pool.apply(Task().run))[0] == "func.__self__.rows['all'][0]"
        pool.close()
        pool.join()


def test_what_an_executor_is_given() -> None:
    context: Any = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        assert note_of(executor.submit(work, Task()).result)[0] == "args[0].rows['all'][0]"
        assert note_of(executor.submit(work, k=Task()).result)[0] == "kwargs['k'].rows['all'][0]"
        assert note_of(executor.submit(Task().run).result)[0] == "fn.__self__.rows['all'][0]"
        assert note_of(lambda: list(executor.map(work, [Task()])))[0] == "args[0].rows['all'][0]"


def test_what_comes_back() -> None:
    context: Any = multiprocessing.get_context("fork")
    expected = ["result['a']", "print(anypickle.explain(result, channel='task'))"]
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        assert note_of(executor.submit(gives).result) == expected
    with context.Pool(1) as pool:
        assert note_of(lambda: pool.apply(gives)) == expected
        pool.close()
        pool.join()


def fails() -> None:
    pickle.dumps(Task())


def test_an_error_of_a_dump_within_a_worker() -> None:
    context: Any = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        assert note_of(executor.submit(fails).result)[0] == "obj.rows['all'][0]"
    with context.Pool(1) as pool:
        assert note_of(lambda: pool.apply(fails))[0] == "obj.rows['all'][0]"
        pool.close()
        pool.join()


@pytest.mark.parametrize("library", ["dill", "cloudpickle", "joblib", "joblib.hash"])
def test_the_picklers_of_others(library: str) -> None:
    module = pytest.importorskip(library.partition(".")[0])
    obj = {"x": [Task()]}
    write = {
        "joblib": lambda: module.dump(obj, io.BytesIO()),
        "joblib.hash": lambda: module.hash(obj),
    }.get(library, lambda: module.dumps(obj))
    path, command = note_of(write)
    assert path == "obj['x'][0].rows['all'][0]"
    assert not eval(command.removeprefix("print(")[:-1], {"obj": obj, "anypickle": anypickle})


def test_a_pickler_that_nobody_can_look_into() -> None:
    with pytest.raises(TypeError) as caught:
        pickle.Pickler(io.BytesIO()).dump(Task())
    (note,) = [note for note in caught.value.__notes__ if note.startswith("anypickle: ")]
    assert note.startswith("anypickle: an object (generator) can't cross.\n  fix: ")


def test_what_is_sent_through_a_pipe() -> None:
    here, there = multiprocessing.Pipe()
    with here, there:
        assert note_of(lambda: here.send({"x": Task()}))[0] == "obj['x'].rows['all'][0]"


@pytest.mark.parametrize(
    ("obj", "path"),
    [
        ([Task()], "obj[0].rows['all'][0]"),
        ((1, Task()), "obj[1].rows['all'][0]"),
        ({"a": Task()}, "obj['a'].rows['all'][0]"),
        (Task().run, "obj.__self__.rows['all'][0]"),
        ([OwnCopy([Task()])], "obj[0].inside[0].rows['all'][0]"),
        (stuck(), "obj"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_copied(obj: Any, path: str) -> None:
    told, command = note_of(lambda: copy.deepcopy(obj))
    assert told == path
    assert command == "print(anypickle.explain(obj, channel='copy'))"
    report = anypickle.explain(obj, channel="copy")
    assert eval(path, {"obj": obj}) is report.blockers[0].object


def test_a_copy_that_is_not_deep() -> None:
    assert note_of(lambda: copy.copy(stuck()))[0] == "obj"


def test_a_plain_dump_of_what_looks_like_a_task_is_none() -> None:
    with pytest.raises(TypeError) as caught:
        anypickle.dumps((1, 2, work, (stuck(),), {}))
    assert caught.value.path == "obj[3][0]"  # type: ignore[attr-defined]


def test_the_tasks_of_joblib(run_script: ProgramRunner) -> None:
    pytest.importorskip("joblib", reason="joblib is not installed")
    done = run_script(
        """
        from joblib import Parallel, delayed

        class Task:
            def __init__(self):
                self.rows = [(i for i in "ab")]

        for args, options in (((1, Task()), {}), ((), {"k": Task()})):
            try:
                Parallel(n_jobs=2)(delayed(print)(*args, **options) for _ in range(2))
            except Exception as error:
                (note,) = [note for note in error.__notes__ if note.startswith("anypickle: ")]
                print(type(error).__name__, note.splitlines()[0])
        """,
        under="anypickle",
    ).ok()
    assert done.stdout.splitlines() == [
        "PicklingError anypickle: args[1].rows[0] (generator) can't cross.",
        "PicklingError anypickle: kwargs['k'].rows[0] (generator) can't cross.",
    ]
