"""Secrets do not cross unless somebody says so.

A client that found its key in the environment finds it again in the environment of the other side. A key that was
given to it crosses only as `Policy.COPY`, which the refusal names.
"""

from __future__ import annotations

from typing import Any

from anypickle.policy import Policy
from anypickle.refusal import refuse

__all__ = ["must_be_allowed"]


def must_be_allowed(obj: Any, policy: Policy, what: str, otherwise: str) -> None:
    """Refuses an object that holds a secret, unless its policy is to copy it.

    Args:
        obj: The object.
        policy: The policy that holds for it.
        what: What the secret is.
        otherwise: How the other side could get it without it crossing.
    """
    if policy is not Policy.COPY:
        name = type(obj).__qualname__
        refuse(
            obj,
            f"it holds {what}, and secrets cross only where they are allowed to",
            hint=f"{otherwise}, or allow it: anypickle.override({name}, 'copy')",
        )
