"""`anypickle run --report`: what crossed in a run, for each line of the program, in all its processes."""

from __future__ import annotations

import json
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anypickle.report import traffic
from anypickle.traffic.summary import add_up
from anypickle.traffic.tallies import Tallies

PROGRAM = """
import multiprocessing, pickle, queue, sys, threading


class Model:
    def __init__(self):
        self.lock = threading.Lock()
        self.weights = b"x" * 200_000


def work(model, number):
    return number * 2


def child(answers, model):
    answers.put(pickle.dumps([1] * 10))


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    model = Model()
    with context.Pool(2) as pool:
        assert pool.starmap(work, [(model, i) for i in range(6)], 1) == [0, 2, 4, 6, 8, 10]  # tasks
        assert pool.apply_async(work, (1, 2)).get() == 4  # one task
    answers = queue.Queue()
    process = context.Process(target=child, args=(answers, model))
    process.start()  # start
    answers.get()
    process.join()
    try:
        pickle.dumps({"rows": [(i for i in ())]})  # refused
    except TypeError:
        pass
"""


def line(mark: str) -> int:
    return next(i for i, text in enumerate(PROGRAM.splitlines(), 1) if text.endswith(f"# {mark}"))


def run(tmp_path: Path, program: str, *args: str) -> tuple[Any, str, str]:
    script, told, page = tmp_path / "program.py", tmp_path / "told.json", tmp_path / "told.html"
    script.write_text(program)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "anypickle",
            "run",
            "--report",
            told,
            "--report",
            page,
            script,
            *args,
        ],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(told.read_text()), page.read_text(), done.stderr


@pytest.mark.timeout(240)
def test_every_line_that_sends_something_is_told(tmp_path: Path, start_method: str) -> None:
    told, page, said = run(tmp_path, PROGRAM, start_method)
    rows = {(site["line"], site["channel"]): site for site in told["sites"]}

    tasks = rows[line("tasks"), "task"]
    assert (tasks["count"], tasks["what"]) == (6, "a task of a pool")
    assert tasks["bytes"] > 6 * 200_000
    assert {"kind": "_thread:lock", "policy": "fresh", "count": 6} in tasks["policies"]
    (again,) = tasks["again"]
    assert (again["size"], again["times"]) == (200_000, 6)
    assert "share it once" in tasks["advice"][0]

    assert rows[line("one task"), "task"]["count"] == 1
    started = rows[line("start"), "spawn"]
    assert (started["bytes"] > 0) == (start_method != "fork")
    refused = rows[line("refused"), "bytes"]
    assert refused["errors"] == 1
    assert refused["failed"][0]["path"] == "obj['rows'][0]"
    inside = [site for site in told["sites"] if site["function"] == "child"]
    assert {site["channel"] for site in inside} >= {"bytes"}, (
        "what a child sends is told by its line"
    )
    assert told["processes"] >= 3
    assert "Content-Security-Policy" in page and "src=" not in page
    assert said.count("Wrote ") == 2


def test_what_is_only_explained_has_not_crossed(tmp_path: Path) -> None:
    program = (
        "import pickle, anypickle\n"
        "class Box:\n"
        "    def __reduce__(self): return bytes, (pickle.dumps(1),)\n"
        "anypickle.explain([Box()])\n"
        "pickle.dumps(Box())\n"
        "anypickle.dumps(1, channel='task')\n"
    )
    told, _, _ = run(tmp_path, program)
    assert [(row["line"], row["channel"], row["count"]) for row in told["sites"]] == [
        (5, "bytes", 1),
        (6, "task", 1),
    ]


def test_a_program_that_sends_nothing_has_a_report_that_says_so(tmp_path: Path) -> None:
    told, page, _ = run(tmp_path, "print(1)")
    assert told["sites"] == []
    assert "Nothing crossed." in page


def test_a_report_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "there.html"
    target.write_text("mine")
    command = [sys.executable, "-m", "anypickle", "run", "--report", target, "-c", "print(1)"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "exists" in done.stderr
    assert target.read_text() == "mine"


def test_what_a_killed_process_has_counted_is_there(tmp_path: Path) -> None:
    tallies = Tallies(str(tmp_path))
    label = {"of": "site", "file": "<b>", "line": 3, "channel": "task", "what": "x"}
    struct.pack_into("<4Q", tallies.memory, tallies.slot("a", label), 2, 10, 3_000, 0)
    run = add_up(str(tmp_path))
    tallies.close()
    assert [(row.count, row.bytes, row.place) for row in run.rows] == [(2, 10, "<b>:3")]
    assert "&lt;b&gt;:3" in traffic.page(run)


def test_a_long_label_is_cut_and_too_many_are_one(tmp_path: Path) -> None:
    tallies = Tallies(str(tmp_path))
    long = {"of": "site", "file": "f" * 2000, "line": 1, "channel": "task", "what": "x"}
    offsets = [tallies.slot("long", long)]
    offsets += [
        tallies.slot(number, {**long, "file": "f", "line": number}) for number in range(9000)
    ]
    for offset in offsets:
        count = int.from_bytes(tallies.memory[offset : offset + 8], "little")
        struct.pack_into("<Q", tallies.memory, offset, count + 1)
    run = add_up(str(tmp_path))
    tallies.close()
    assert run.count == 9001
    assert any(row.what == "everything else" for row in run.rows)


ENDS = {
    "os._exit": "os._exit(3)",
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM)",
    "SIGINT": "signal.signal(signal.SIGINT, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGINT)",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "SIGSEGV": "os.kill(os.getpid(), signal.SIGSEGV)",
    "exec": "os.execvp('true', ['true'])",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_program_that_ends_without_a_word_has_its_report(tmp_path: Path, end: str) -> None:
    told = tmp_path / "told.json"
    program = (
        "import os, pickle, signal\n"
        "for i in range(5): pickle.dumps([i])\n"
        "try: os.wait()\n"
        f"except ChildProcessError: {ENDS[end]}\n"
    )
    command = [sys.executable, "-m", "anypickle", "run", "--report", told, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    expected = (
        {"os._exit": 3, "exec": 0}.get(end)
        if end in ("os._exit", "exec")
        else -getattr(signal, end)
    )
    assert done.returncode == expected, done.stderr
    # its stderr is the watcher's, too: it is closed when the report is there
    data = json.loads(told.read_text())
    assert data["cut_off"] and data["crossings"] == 5
    assert "Wrote" in done.stderr


def test_ctrl_c_is_reported_by_the_program_itself(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    program = "import os, pickle, signal; pickle.dumps(1); os.kill(os.getpid(), signal.SIGINT)"
    command = [sys.executable, "-m", "anypickle", "run", "--report", told, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    data = json.loads(told.read_text())
    assert not data["cut_off"] and data["crossings"] == 1
    assert done.stderr.count("Wrote") == 1
