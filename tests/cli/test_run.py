"""`anypickle run`: the program can't tell the difference, but for what crosses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import proc
from tests.helpers.programs import Finished, ProgramRunner, run

WHO_AM_I = """
    import os, sys
    print(sys.argv, sys.path, __name__, __file__, __package__, __spec__ and (__spec__.name, __spec__.origin))
    print(sorted(globals()), type(__loader__).__name__, __doc__)
    print(os.environ.get("PYTHONPATH"), [k for k in os.environ if k.startswith("ANYPICKLE_") and "TEST" not in k])
    print(sys.flags, sys.warnoptions, sys._xoptions, os.getcwd())
"""


class Runner:
    """Runs a command plainly and under `anypickle run`, in the same place."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "output").mkdir()

    def __call__(
        self, *words: str, under: str, options: tuple[str, ...] = (), **more: Any
    ) -> Finished:
        verb = ["-m", "anypickle", "run"] if under == "anypickle" else []
        return run(
            [sys.executable, *options, *verb, *words],
            cwd=self.directory,
            output=self.directory / "output",
            timeout=60,
            env=more.pop("env", None),
            **more,
        )

    def same(self, *words: str, **more: Any) -> Finished:
        """Both, which have to agree; the one under anypickle."""
        plain = self(*words, under="plain", **more)
        ours = self(*words, under="anypickle", **more)
        assert ours.stdout == plain.stdout
        assert ours.stderr == plain.stderr
        assert ours.returncode == plain.returncode
        return ours

    def write(self, name: str, text: str) -> str:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return name


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_it_is_installed(runner: Runner) -> None:
    name = runner.write("a.py", "import anypickle; print(anypickle.is_installed())")
    assert runner(name, under="anypickle").ok().stdout == "True\n"
    assert runner(name, under="plain").ok().stdout == "False\n"


def test_the_console_script_does_the_same(runner: Runner) -> None:
    script = Path(sys.executable).with_name("anypickle")
    if not script.exists():
        pytest.skip("the package is not installed with its scripts")
    name = runner.write("a.py", "import sys, anypickle; print(sys.argv, anypickle.is_installed())")
    done = run(
        [str(script), "run", name, "-x"],
        cwd=runner.directory,
        output=runner.directory / "output",
        timeout=60,
    )
    assert done.ok().stdout == "['a.py', '-x'] True\n"


def test_main_module_arguments_and_environment_are_those_of_a_plain_run(runner: Runner) -> None:
    name = runner.write("sub/who.py", WHO_AM_I)
    runner.same(name, "--flag", "-m", "a b", "--follow").ok()
    runner.same(str(runner.directory / name)).ok()


def test_a_pythonpath_of_the_users_stays(runner: Runner) -> None:
    name = runner.write("who.py", WHO_AM_I)
    runner.same(name, env={"PYTHONPATH": f"{runner.directory}/lib:/nowhere"}).ok()
    runner.same(name, env={"PYTHONPATH": ""}).ok()


def test_options_of_python_reach_the_program(runner: Runner) -> None:
    name = runner.write("who.py", WHO_AM_I)
    runner.same(
        name,
        options=("-X", "utf8", "-W", "error::FutureWarning", "-u", "-O", "-B"),
    ).ok()


def test_modules_packages_directories_and_archives_run(runner: Runner) -> None:
    runner.write("module.py", WHO_AM_I)
    runner.write("package/__init__.py", "")
    runner.write("package/__main__.py", WHO_AM_I)
    runner.same("-m", "module", "x", "-m").ok()
    runner.same("-m", "package").ok()
    runner.same("package").ok()
    with zipfile.ZipFile(runner.directory / "app.zip", "w") as archive:
        archive.writestr("__main__.py", textwrap.dedent(WHO_AM_I))
    runner.same("app.zip", "y").ok()


def test_code_runs(runner: Runner) -> None:
    runner.same("-c", "import sys; print(sys.argv, __name__)", "z").ok()


def test_standard_input_runs(runner: Runner) -> None:
    runner.same("-", "z", stdin="import sys\nprint(sys.argv, sys.path[0])\n").ok()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_program_from_standard_input_starts_processes(runner: Runner, method: str) -> None:
    """Stock multiprocessing looks for a file named `<stdin>`, and a pool then starts workers for ever."""
    program = f"""
import multiprocessing

class Counter:
    def __init__(self):
        self.step = 2

    def after(self, number):
        return number + self.step

with multiprocessing.get_context({method!r}).Pool(1) as pool:
    print(pool.map(Counter().after, [1, 2]))
pool.join()
"""
    assert runner("-", stdin=program, under="anypickle").ok().stdout == "[3, 4]\n"


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    raise ValueError('x')\nf()\n",
        "class E(Exception):\n    pass\ntry:\n    1 / 0\nexcept Exception as e:\n    raise E('y') from e\n",
        "import sys\nsys.exit(7)\n",
        "raise SystemExit('words')\n",
        "raise SystemExit\n",
        "import sys\nsys.exit([1])\n",
        "raise KeyboardInterrupt\n",
        "import traceback\ndef f():\n    traceback.print_stack()\nf()\n",
        "import sys\nprint(sys._getframe().f_back)\n",
        "def f(:\n    pass\n",
        "print('\\0')\nx = 'unclosed\n",
        "import nothing_of_that_name\n",
        "import atexit\natexit.register(print, 'bye')\nimport os\nos._exit(3)\n",
        "import atexit\natexit.register(print, 'bye')\n1 / 0\n",
        "import warnings\nwarnings.warn('careful')\n",
        "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n",
        "import threading\nthreading.Thread(target=lambda: 1 / 0, name='t').start()\n",
        "import sys\nsys.excepthook = lambda *error: print('mine', error[1])\n1 / 0\n",
    ],
)
def test_ends_as_it_would(runner: Runner, text: str) -> None:
    (runner.directory / "ends.py").write_text(text, encoding="utf-8")
    runner.same("ends.py")


def test_what_is_not_there_is_said_as_python_says_it(runner: Runner) -> None:
    assert runner.same("missing.py").returncode == 2
    assert runner.same("-m", "missing_module").returncode == 1
    assert runner.same("-m", "os.path.nothing").returncode == 1
    (runner.directory / "empty").mkdir()
    assert runner.same("empty").returncode == 1
    (runner.directory / "no.zip").write_bytes(b"PK\3\4 not really")
    assert runner.same("no.zip").returncode == 1


def test_nothing_to_run_is_a_usage_error(runner: Runner) -> None:
    for words in ((), ("-m",), ("--follow",)):
        done = runner(*words, under="anypickle")
        assert done.returncode == 2
        assert "what is to be run" in done.stderr


def test_an_isolated_python_is_refused_in_words(runner: Runner) -> None:
    name = runner.write("a.py", "print(1)")
    for option in ("-I", "-E"):
        done = runner(name, under="anypickle", options=(option,))
        assert done.returncode == 2
        assert "anypickle.install()" in done.stderr


def test_ctrl_c_ends_the_program_as_a_plain_one(tmp_path: Path) -> None:
    script = tmp_path / "waits.py"
    script.write_text("import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    endings = []
    for verb in ([], ["-m", "anypickle", "run"]):
        process = subprocess.Popen(
            [sys.executable, *verb, str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.5)  # until it sleeps
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        endings.append((process.returncode, errors))
    assert endings[0] == endings[1]
    assert endings[0][0] == -signal.SIGINT


def test_it_is_one_process(tmp_path: Path) -> None:
    """Who started it can wait for it, signal it and see its descriptors."""
    process = subprocess.Popen(
        [sys.executable, "-m", "anypickle", "run", "-c", "import time; time.sleep(30)"]
    )
    try:
        command = Path(f"/proc/{process.pid}/cmdline")
        wanted = ["-c", "import time; time.sleep(30)", ""]
        assert proc.wait_until(lambda: command.read_text().split("\0")[1:] == wanted, seconds=30)
        assert "anypickle" not in Path(command.read_text().partition("\0")[0]).name
        assert proc.children(process.pid) == []
    finally:
        process.kill()
        process.wait()


SUBPROCESS = """
    import subprocess, sys
    import anypickle
    code = "import sys; print('anypickle' in sys.modules and sys.modules['anypickle'].is_installed())"
    print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip())
    print(subprocess.run([sys.executable, "-E", "-c", code], capture_output=True, text=True).stdout.strip())
"""


def test_other_interpreters_are_armed_with_follow_only(runner: Runner) -> None:
    name = runner.write("starts.py", SUBPROCESS)
    assert runner(name, under="anypickle").ok().stdout.split() == ["False", "False"]
    assert runner("--follow", name, under="anypickle").ok().stdout.split() == ["True", "False"]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_multiprocessing_are_armed_before_they_import_main(
    run_script: ProgramRunner, method: str
) -> None:
    program = f"""
        import multiprocessing, sys
        import anypickle
        at_import = anypickle.is_installed()

        def child(connection):
            connection.send((at_import, anypickle.is_installed(), sys.modules["__main__"].__name__))

        if __name__ == "__main__":
            context = multiprocessing.get_context({method!r})
            reader, writer = context.Pipe(duplex=False)
            process = context.Process(target=child, args=(writer,))
            process.start()
            print(reader.recv()[:2])
            process.join()
        """
    assert run_script(program, under="anypickle").ok().stdout == "(True, True)\n"


def test_a_program_of_a_module_name_starts_processes(runner: Runner) -> None:
    """`-m` gives `__main__` a spec, by which the child finds it again."""
    runner.write("package/__init__.py", "")
    runner.write(
        "package/work.py",
        """
        import multiprocessing

        def child(queue):
            queue.put(Thing())

        class Thing:
            pass

        if __name__ == "__main__":
            context = multiprocessing.get_context("spawn")
            queue = context.Queue()
            process = context.Process(target=child, args=(queue,))
            process.start()
            print(type(queue.get(timeout=30)) is Thing)
            process.join()
        """,
    )
    assert runner("-m", "package.work", under="anypickle").ok().stdout == "True\n"


def test_a_hidden_sitecustomize_still_runs(runner: Runner) -> None:
    runner.write("lib/sitecustomize.py", "import sys; sys.customized = __file__")
    name = runner.write("a.py", "import sys; print(getattr(sys, 'customized', None))")
    environment = {"PYTHONPATH": str(runner.directory / "lib")}
    done = runner.same(name, env=environment)
    assert done.ok().stdout.strip().endswith("sitecustomize.py")


def test_help_lists_verbs_and_options(runner: Runner) -> None:
    for words, expected in ((["--help"], "run"), (["run", "--help"], "--follow")):
        done = run(
            [sys.executable, "-m", "anypickle", *words],
            cwd=runner.directory,
            output=runner.directory / "output",
            timeout=60,
        )
        assert expected in done.ok().stdout
    assert os.environ.get("ANYPICKLE_RUN") is None
