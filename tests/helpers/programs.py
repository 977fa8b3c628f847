"""Programs started as a user would start them: from a file, from another directory, plain or under `anypickle run`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.helpers import proc
from tests.helpers.patience import PATIENCE

_MARK = "ANYPICKLE_TEST_RUN"
_GRACE_SECONDS = 5.0


@dataclass(frozen=True)
class Finished:
    """A program that ended: its exit code (negative: the signal) and what it wrote."""

    returncode: int
    stdout: str
    stderr: str

    def ok(self) -> Finished:
        """Itself, if the program succeeded; else an AssertionError that shows its output."""
        assert self.returncode == 0, f"exit code {self.returncode}\n{self.stdout}\n{self.stderr}"
        return self


def run(
    command: list[str],
    *,
    cwd: Path,
    output: Path,
    timeout: float,
    env: dict[str, str] | None = None,
    stdin: str = "",
) -> Finished:
    """Run `command` to its end, or kill it and all it started after `timeout` seconds (under sanitizers
    more) and fail.

    A process that outlives the program is a failure too. Output goes through files: a survivor that keeps a pipe
    open could otherwise hold up the test.
    """
    timeout *= PATIENCE
    mark = uuid.uuid4().hex
    environment = {**os.environ, "PYTHONFAULTHANDLER": "1", **(env or {}), _MARK: mark}
    out, err, given = output / f"{mark}.out", output / f"{mark}.err", output / f"{mark}.in"
    given.write_text(stdin)
    with given.open() as i, out.open("w") as o, err.open("w") as e:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=i, stdout=o, stderr=e, start_new_session=True
        )
        try:
            process.wait(timeout)
            hung = False
        except subprocess.TimeoutExpired:
            hung = True
            process.send_signal(signal.SIGABRT)  # faulthandler writes where it stood
            proc.wait_until(lambda: process.poll() is not None, seconds=2)
        finally:
            survived = not hung and not proc.wait_until(
                lambda: not proc.marked(mark), seconds=_GRACE_SECONDS
            )
            left = [proc.describe(pid) for pid in proc.marked(mark)] if survived else []
            proc.kill(proc.marked(mark))
            process.wait()
    result = Finished(
        process.returncode, out.read_text(errors="replace"), err.read_text(errors="replace")
    )
    said = f"\n{' '.join(command)}\n--- stdout\n{result.stdout}\n--- stderr\n{result.stderr}"
    assert not hung, f"the program did not end within {timeout:g} s{said}"
    assert not left, f"the program left processes behind: {left}{said}"
    return result


class ProgramRunner:
    """What the `run_script` fixture gives: call it with a program's text or path."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._count = 0

    def __call__(
        self,
        program: str | Path,
        *args: str,
        under: Literal["plain", "anypickle"] = "plain",
        timeout: float = 60,
        env: dict[str, str] | None = None,
        stdin: str = "",
        cwd: Path | None = None,
        python: list[str] | None = None,
    ) -> Finished:
        """Run `program` (a path, or source text, which is dedented) and return how it ended.

        Args:
            program: A path to a script, or its text.
            args: What follows the script on the command line.
            under: "plain" for `python script`, "anypickle" for `python -m anypickle run script`.
            timeout: Seconds until the whole process tree is killed and the test fails.
            env: Variables on top of this process's environment.
            stdin: What the program reads.
            cwd: Where it starts; by default a directory that holds nothing, not the script's.
            python: The interpreter and its options; by default the one that runs the tests.
        """
        self._count += 1
        if isinstance(program, str):
            path = self._directory / "programs" / f"program{self._count}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(program), encoding="utf-8")
        else:
            path = program.resolve()
        elsewhere = self._directory / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        output = self._directory / "output"
        output.mkdir(exist_ok=True)
        start = python or [sys.executable]
        runner = ["-m", "anypickle", "run"] if under == "anypickle" else []
        return run(
            [*start, *runner, str(path), *args],
            cwd=cwd or elsewhere,
            output=output,
            timeout=timeout,
            env=env,
            stdin=stdin,
        )


class FreshLoader:
    """What the `load_elsewhere` fixture gives: unpickle bytes in a fresh process and look at the value there."""

    def __init__(self, run_script: ProgramRunner, directory: Path) -> None:
        self._run_script = run_script
        self._directory = directory
        self._count = 0

    def __call__(
        self, data: bytes, look: str = "", *, loader: str = "pickle", timeout: float = 60
    ) -> str:
        """Load `data` with `loader.loads` as `value`, run the statements `look`, return what they printed.

        The process shares nothing with this one but the installed packages.
        """
        self._count += 1
        path = self._directory / f"data{self._count}.pkl"
        path.write_bytes(data)
        program = (
            f"import sys, pathlib, {loader} as loader\n"
            "value = loader.loads(pathlib.Path(sys.argv[1]).read_bytes())\n" + textwrap.dedent(look)
        )
        return self._run_script(program, str(path), timeout=timeout).ok().stdout
