"""Process executors, concurrent.futures' and loky's, when a worker dies: their error gets a note on who died of what.

    anypickle: worker ForkProcess-1 (pid 4711) was killed by SIGKILL while it ran work(), task 3 of the executor

The executor is broken then, as ever, and all its futures get that error.
"""

from __future__ import annotations

import functools
from multiprocessing import connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from anypickle.channels import _road
from anypickle.channels.at_work import IDLE, RUNNING, UNPICKLING, WAITING, WRITING, slip_of
from anypickle.channels.undeliverable import first_numbers, unreadable
from anypickle.deaths import obituary

__all__ = ["Road"]

_NAMES = ("terminate_broken", "_terminate_broken")
"""What they call the method that tells the futures; as of Python 3.12 one calls the other."""


class Road(_road.Road):
    """`concurrent.futures.process`, `loky.process_executor`, or the copy in joblib."""

    def apply(self) -> None:
        manager = self.library._ExecutorManagerThread
        for name in _NAMES:
            if name in vars(manager):
                self.patches.attribute(manager, name, _noting(vars(manager)[name]))
        stock_wait, item = manager.wait_result_broken_or_wakeup, self.library._ResultItem

        def wait_result_broken_or_wakeup(self: Any) -> Any:
            reader = self.result_queue._reader
            if "recv" not in vars(reader):
                reader.recv = functools.partial(_receive, reader, item)
            return stock_wait(self)

        self.patches.attribute(
            manager, "wait_result_broken_or_wakeup", wait_result_broken_or_wakeup
        )


def _receive(reader: Any, item: Any) -> Any:
    """The next result; one that can't be unpickled is an error of its task alone."""
    message = reader.recv_bytes()
    try:
        return ForkingPickler.loads(message)
    except Exception as error:
        task = next(first_numbers(message), None)
        if task is None:
            raise
        return item(task, exception=unreadable(error, "result"))


def _noting(stock: Any) -> Any:
    def terminate_broken(self: Any, *args: Any) -> Any:
        note = _note(self.processes)
        if not note:
            return stock(self, *args)
        executor = self.executor_reference() if hasattr(self, "executor_reference") else None
        if args and isinstance(
            args[0], BaseException
        ):  # loky's, for all who wait and who come later
            _add(args[0], note)
        for item in self.pending_work_items.values():
            _add_later(item.future, note, executor)
        try:
            return stock(self, *args)
        finally:
            _say_to_others(executor, note)

    return terminate_broken


def _say_to_others(executor: Any, note: str) -> None:
    """Has the error of those who come later say it, too."""
    said = getattr(executor, "_broken", None)
    if isinstance(said, str) and note not in said:
        executor._broken = f"{said}\n{note}"


def _note(processes: Any) -> str:
    """On the workers that have ended by now; they are told once."""
    sentences = []
    for process in list(processes.values()):
        if not connection.wait([process.sentinel], 0):
            continue
        process.join(1)
        slip = slip_of(process)
        if slip is not None:
            phase, job, _, name = slip.read()
            doing = {
                IDLE: "started or stopped",
                WAITING: "waited for a task or took one",
                UNPICKLING: f"was unpickling task {job} of the executor",
                RUNNING: f"ran {name}(), task {job} of the executor",
                WRITING: f"sent the result of {name}(), task {job} of the executor",
            }
            sentences.append(f"anypickle: {obituary(process, doing[phase])}")
    return "\n".join(sentences)


def _add(error: BaseException, note: str) -> None:
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)


def _add_later(future: Any, note: str, executor: Any) -> None:
    """Has the error that the future will get carry the note: whoever waits for it may look at once."""

    def set_exception(error: BaseException) -> None:
        del future.set_exception  # the class's own again
        _add(error, note)
        _say_to_others(executor, note)
        future.set_exception(error)

    future.set_exception = set_exception
