"""Child processes: one that has ended crosses with its exit code; one that runs has its parent here, and is refused."""

from __future__ import annotations

from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import as_stock
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe


@recipe(
    "subprocess:Popen",
    policy=Policy.COPY,
    subclasses=True,
    meaning="a process that has been waited for, with its exit code; one that runs is refused",
)
def _reduce(process: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if process.returncode is None:
        refuse(
            process,
            "only its parent can wait for it",
            hint="wait() for it before, or pass its pid, or start it on the other side",
        )
    return as_stock(process)
