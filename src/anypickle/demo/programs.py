"""Which programs there are, how each is started, and what it needs.

A program is started in several ways: plainly, which is how it dies; under ``anypickle run``; and with
``--single``, for the result that a single process computes.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PROGRAMS", "Program"]

_FOLDER = Path(__file__).parent
_KERAS = ("tensorflow", "keras", "sklearn", "joblib", "h5py")
_PACKAGES = {"tensorflow": "tensorflow-cpu", "sklearn": "scikit-learn"}
_START_METHODS = tuple(("--start-method", method) for method in ("fork", "spawn", "forkserver"))


@dataclass(frozen=True)
class Program:
    """One of the four."""

    letter: str
    title: str
    script: Path
    ways: tuple[tuple[str, ...], ...] = ((),)
    """The arguments of each run, one run after the other."""
    needs: tuple[str, ...] = ()
    """The modules that it imports and that may be missing."""
    single_is_plain: bool = True
    """Whether it runs without anypickle when it is a single process."""
    patience: float = 120.0
    """Seconds until it counts as hanging when it is started plainly."""

    def missing(self) -> list[str]:
        """Return the packages to install before it can run."""
        absent = [name for name in self.needs if importlib.util.find_spec(name) is None]
        return [_PACKAGES.get(name, name) for name in absent]


PROGRAMS = (
    Program(
        "A",
        "a Keras classifier of 2021 in scikit-learn, four processes",
        _FOLDER / "a_keras_classifier.py",
        needs=_KERAS,
        single_is_plain=False,
    ),
    Program(
        "B",
        "one object in two processes, with a queue between them",
        _FOLDER / "b_data_generator.py",
        ways=_START_METHODS,
        patience=10.0,
    ),
    Program("C", "a model with a lock, kept in a file", _FOLDER / "c_model_with_lock.py"),
    Program(
        "D",
        "Keras' own wrapper in a grid search, four processes",
        _FOLDER / "d_grid_search.py",
        needs=_KERAS,
        single_is_plain=False,
    ),
)
