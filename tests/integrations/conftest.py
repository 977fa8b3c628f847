"""Programs with Keras and scikit-learn run in processes of their own: TensorFlow is loaded once for each file
of programs, never by pytest, and each program asserts many things.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.programs import Finished, ProgramRunner

QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
    "PYTHONWARNINGS": "ignore",
}


@pytest.fixture
def run_keras(run_script: ProgramRunner) -> Callable[..., Finished]:
    """`run_script` for a program that uses Keras; the program has to succeed."""
    for name in ("keras", "tensorflow", "sklearn", "joblib"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")

    def run(
        program: Any, *args: str, env: dict[str, str] | None = None, **options: Any
    ) -> Finished:
        options.setdefault("timeout", 400)
        return run_script(program, *args, env={**QUIET, **(env or {})}, **options).ok()

    return run
