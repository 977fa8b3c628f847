"""psycopg: connections belong to their process. What is made of SQL crosses as it is."""

from __future__ import annotations

from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.registry import Reduced, recipe


@recipe(
    "psycopg:BaseConnection",
    "psycopg:Connection",
    "psycopg:AsyncConnection",
    "psycopg:Cursor",
    "psycopg:AsyncCursor",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it belongs to the process that opened it: pass the settings, and connect on the other side",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
