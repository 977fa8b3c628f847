"""Programs as people write them: plain, they die, hang or come to nothing; under `anypickle run` they come out right.

Each is a file beside this one, started from another directory with a start method, or a backend of joblib's, as its
argument.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers.programs import ProgramRunner

HERE = Path(__file__).parent
METHODS = ("fork", "spawn", "forkserver")
SPAWNING = ("spawn", "forkserver")


@dataclass(frozen=True)
class Program:
    """A file, what it prints, and how it fails without anypickle under some of its arguments."""

    name: str
    prints: str
    args: tuple[str, ...] = METHODS
    dies: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return HERE / f"{self.name}.py"


def _dies_spawning(pattern: str = "cannot pickle") -> dict[str, str]:
    return {"spawn": pattern}


PROGRAMS = [
    Program(
        "b_datagrams",
        "(0, 0)\n['datagram', '0', 'datagram', '1', 'datagram', '2', 'datagram', '3', 'datagram', '4']\n(5,)\n",
        dies={"spawn": "cannot pickle", "fork": "hangs"},
    ),
    Program("b_sockets", "[0, 1, 2, 3, 4, 5]\n0 True\n", dies=_dies_spawning()),
    Program("b_pipeline", f"{[2 * n + 1 for n in range(20)]}\n", dies=_dies_spawning()),
    Program(
        "b_process_subclass",
        f"{[(n, n * n) for n in range(8)]}\n",
        ("fork", "spawn"),
        _dies_spawning(),
    ),
    Program(
        "b_progress",
        f"({[(p, s) for p in 'ab' for s in range(3)]}, True)\n",
        dies={"spawn": "cannot pickle", "fork": r"^\(\[\], True\)"},
    ),
    Program(
        "b_executor",
        "['A', 'B', 'C']\n['link on a', 'link on b', 'link on c']\n",
        dies=_dies_spawning(),
    ),
    Program(
        "b_logging_queue",
        "['from child 0', 'from child 1']\n",
        dies={"spawn": "cannot pickle", "fork": r"^\[\]"},
    ),
    Program(
        "b_requests",
        f"[{', '.join(f'Answer(request=Request(number={n}), value={n * n})' for n in range(3))}] {{True}} True\n",
        dies=_dies_spawning(),
    ),
    Program(
        "b_workers",
        "[True, True] 100\n[2, 4]\n['stopped', 'stopped']\n[0, 0]\n",
        dies={"spawn": "cannot pickle", "fork": "hangs"},
    ),
    Program("b_replies", "[0, 2, 4, 6, 8] 0\n", dies={"spawn": "cannot pickle", "fork": "hangs"}),
    Program(
        "in_containers",
        "40 [[0, 1, 2, 3], [0, 1, 2, 3]]\n",
        dies={"spawn": "cannot pickle", "fork": "hangs"},
    ),
    Program("held_lock", 2 * "started True\n['child', 'thread']\nTrue\n", dies={"fork": "hangs"}),
    Program("bounded_buffer", "600 0 [0, 0, 0, 0]\n", dies=_dies_spawning()),
    Program("c_model", "True {'a': 1, 'b': 2} {'a': 1} False\n", ("",), {"": "cannot pickle"}),
    Program("c_getstate", "[1] 1 True\n[2] 2 []\n", dies=_dies_spawning()),
    Program(
        "c_context_manager",
        "[1, 2] [True] [('HeldLockWarning', True)]\n",
        ("",),
        {"": "cannot pickle"},
    ),
    Program(
        "c_deepcopy_client",
        "here ['json'] there ['json', 'xml']\nFalse True True\nTrue True\nthere ['json', 'xml'] True\n",
        ("",),
        {"": "cannot pickle"},
    ),
    Program(
        "c_dataclasses",
        "True ['balance', 'lock', 'owner']\nAccount(owner='me', balance=6)\n"
        "[Account(owner='me', balance=6), Account(owner='me', balance=7)] Account(owner='me', balance=5)\n"
        "[Account(owner='a', balance=1), Account(owner='b', balance=2)]\n",
        dies={"fork": "cannot pickle"},
    ),
    Program("c_cache", "15 {2: 6, 5: 15} 6 True\n", ("",), {"": "pickle"}),
    Program(
        "pool_of_methods",
        "[0, 3, 6, 9]\n[0, 3, 6] [0, 3, 6]\n3 True 1 True\n14\n",
        dies={"fork": "cannot pickle"},
    ),
    Program(
        "pool_of_lambdas",
        "[11, 12]\n[('logged', 11)] [120]\nTrue\n",
        dies={"fork": "pickle"},
    ),
    Program("pool_initializer", "0\n[0, 1, 2, 3, 4, 5] True\n", dies={"spawn": "cannot pickle"}),
    Program(
        "pool_exceptions",
        2 * "Rejected 13 closed\nNotFound x is not there 404 False\n",
        dies={"fork": "hangs|TimeoutError"},
    ),
    Program(
        "executor_results",
        "".join(f"session {n} {n}\n" for n in range(3)),
        dies={"fork": "pickle"},
    ),
    Program("manager", "here there False\nstored 2\nqueued\n", dies={"fork": "pickle"}),
    Program("nested", "[2, 1, 0] [False, False, False]\n", dies={"fork": "cannot pickle"}),
    Program("counter", "200\n", dies={"spawn": "cannot pickle", "fork": r"^(?!200)\d+$"}),
    Program(
        "stop_event",
        "['tick', 'tick', 'tick', 'tick'] 2 [0, 0]\n",
        dies={"spawn": "cannot pickle"},
    ),
    Program("killed_worker", "-9\n[0, 1, 2, 3, 4]\nempty True\n", dies=_dies_spawning()),
    Program("under_the_guard", "[2, 3] [4, 6] True\n", dies={"spawn": "hangs|Can't get attribute"}),
    Program("mp_queue", "[(1, 10), (2, 20)]\n990\n", dies={"fork": "hangs|pickle"}),
    Program("asyncio_executor", "['hello a!', 'hello b!', 'hello c!']\n", dies={"fork": "pickle"}),
    Program(
        "asyncio_contexts",
        "['1 of ann: done', '2 of bob: done']\n",
        dies={"spawn": "pickle"},
    ),
    Program(
        "joblib_loky",
        "[400000.0, 400001.0, 400002.0] {True}\n[1, 2, 3]\n",
        ("loky", "multiprocessing"),
        {"loky": "pickle", "multiprocessing": "pickle"},
    ),
    Program(
        "joblib_shared",
        "[0, 1, 2, 3, 4]\n[0, 1, 2, 3, 4] False\n",
        ("loky", "multiprocessing"),
        {"loky": "hangs|pickle"},
    ),
    Program("refused", "TypeError True True\n1\nobj['generators'][0]\n"),
]


@pytest.mark.parametrize(
    ("program", "arg"),
    [pytest.param(p, arg, id=f"{p.name}-{arg}") for p in PROGRAMS for arg in p.args],
)
def test_runs(run_script: ProgramRunner, program: Program, arg: str) -> None:
    done = run_script(program.path, arg, under="anypickle", timeout=60)
    assert done.ok().stdout == program.prints, done.stderr


@pytest.mark.parametrize(
    ("program", "arg", "pattern"),
    [
        pytest.param(p, arg, pattern, id=f"{p.name}-{arg}")
        for p in PROGRAMS
        for arg, pattern in p.dies.items()
    ],
)
def test_dies_without(
    run_script: ProgramRunner, tmp_path: Path, program: Program, arg: str, pattern: str
) -> None:
    try:
        done = run_script(program.path, arg, timeout=4, env={"TMPDIR": str(tmp_path)})
    except AssertionError as hung:
        assert "hangs" in pattern or re.search(pattern, str(hung), re.MULTILINE), hung
        return
    assert done.stdout != program.prints
    assert re.search(pattern, done.stdout + done.stderr, re.MULTILINE)


@pytest.mark.parametrize("method", SPAWNING)
def test_a_missing_guard_is_said_as_python_says_it(run_script: ProgramRunner, method: str) -> None:
    done = run_script(HERE / "no_guard.py", method, under="anypickle")
    assert "bootstrapping phase" in done.stderr
    if method == "forkserver" and sys.version_info >= (3, 14):
        assert "ConnectionResetError" in done.stderr  # it is the server that imports the program
    else:
        assert "exit code 1" in done.stdout
