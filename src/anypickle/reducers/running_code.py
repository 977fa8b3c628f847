"""Generators, coroutines and frames: code that is half-way through can't cross."""

from __future__ import annotations

from types import (
    AsyncGeneratorType,
    CoroutineType,
    FrameType,
    GeneratorType,
)
from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.registry import recipe

__all__: list[str] = []

_FIXES = {
    GeneratorType: "pass the function and its arguments, or list(generator)",
    CoroutineType: "pass the function and its arguments, and await it on the other side",
    AsyncGeneratorType: "pass the function and its arguments",
    FrameType: "keep traceback.extract_stack(frame), which is text",
}


@recipe(*_FIXES, policy=Policy.REFUSE, meaning="half-way through its code")
def reduce_running(running: Any, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    kind = type(running)
    error = TypeError(
        f"cannot pickle {kind.__qualname__!r} object: it is half-way through its code"
    )
    error.anypickle_hint = _FIXES[kind]  # type: ignore[attr-defined]
    raise error
