"""The package that users get: from the source distribution, in an environment of its own, cheap to import."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.helpers.patience import PATIENCE

_ROOT = Path(__file__).parents[2]
_IMPORT_SECONDS = 0.015 * PATIENCE


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of the working tree."""
    directory = tmp_path_factory.mktemp("sdist")
    code = "import sys, scikit_build_core.build as b; print(b.build_sdist(sys.argv[1]))"
    name = _run(sys.executable, "-c", code, directory, cwd=_ROOT).split()[-1]
    return directory / name


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_sdist_holds_the_sources_and_nothing_that_was_built(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    for needed in (
        "CMakeLists.txt",
        "LICENSE",
        "README.md",
        "src/anypickle/py.typed",
        "cpp/CMakeLists.txt",
    ):
        assert needed in names
    built = [
        n
        for n in names
        if n.endswith((".so", ".pyc")) or n.startswith(("build/", "dist/", ".venv"))
    ]
    assert not built


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_sdist_builds_a_wheel_that_works_alone(sdist: Path, tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps"]
    # scikit-build-core finds cmake and ninja beside the interpreter only if they are on the path.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*pip, "-w", tmp_path, sdist],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"anypickle"}
    assert len([name for name in names if name.endswith(".so")]) == 2, (
        "_core and _shm, of this Python"
    )
    assert "anypickle/py.typed" in names
    program = "import sys; sys.path.insert(0, sys.argv[1]); import anypickle; "
    program += (
        "print(anypickle.loads(anypickle.dumps([1, {'a': (2.5, None)}])), anypickle.__file__)"
    )
    out = _run(sys.executable, "-I", "-S", "-c", program, tmp_path / "site", cwd=tmp_path)
    assert out.startswith("[1, {'a': (2.5, None)}]") and str(tmp_path) in out


def test_importing_costs_little_over_a_bare_interpreter(tmp_path: Path) -> None:
    def seconds(statement: str) -> float:  # of processor time: the machine may be busy
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        _run(sys.executable, "-c", statement, cwd=tmp_path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    with_import, bare = [], []
    for _ in range(15):
        with_import.append(seconds("import anypickle"))
        bare.append(seconds("pass"))
    assert min(with_import) - min(bare) <= _IMPORT_SECONDS


def test_importing_does_nothing(tmp_path: Path) -> None:
    program = """if True:
        import copy, copyreg, multiprocessing.reduction as r, pickle, sys
        look = lambda: (
            dict(copyreg.dispatch_table), dict(r.ForkingPickler._extra_reducers), copy.deepcopy, pickle.dumps,
            dict(copy._deepcopy_dispatch), pickle.Pickler, list(sys.meta_path), list(sys.path_hooks),
        )
        before = look()
        import anypickle
        assert look() == before
        """
    _run(sys.executable, "-c", program, cwd=tmp_path)
