"""Secrets do not cross unless somebody says so.

A client that found its key in the environment finds it again in the environment of the other side. A key that was
given to it crosses only as `Policy.COPY`, which the refusal names. What was allowed to come here may be passed on:
the process that only hands a task over does not know what its sender has allowed. A copy that stays in its process has
the key, and may go no further than the original.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from anypickle.crossing import current
from anypickle.policy import Channel, Policy
from anypickle.refusal import refuse

__all__ = ["allowed", "must_be_allowed", "secret_headers"]

_HEADERS = ("authorization", "api-key", "apikey", "auth-token", "access-token", "cookie", "secret")
_arrived: dict[int, weakref.ref[Any]] = {}
"""What came here with its secrets, by identity."""


def must_be_allowed(
    obj: Any, policy: Policy, what: str, otherwise: str, of: type | None = None
) -> None:
    """Refuses an object that holds a secret, unless its policy is to copy it.

    Args:
        obj: The object.
        policy: The policy that holds for it.
        what: What the secret is.
        otherwise: How the other side could get it without it crossing.
        of: The class to name in the permission, where that of the object can't be imported.
    """
    if policy is Policy.COPY or current().channel is Channel.COPY or _has_arrived(obj):
        return
    cls = of or type(obj)
    name = f"{cls.__module__}.{cls.__qualname__}"
    refuse(
        obj,
        f"it holds {what}, and secrets cross only where they are allowed to",
        hint=f"{otherwise}, or allow it: anypickle.override({name}, 'copy'), "
        f"or for one call: anypickle.dumps(obj, policies={{{name}: 'copy'}})",
    )


def allowed(obj: Any) -> Any:
    """Marks an object that came with its secrets: it may be passed on with them."""
    if current().channel is Channel.COPY:
        return obj
    key = id(obj)
    _arrived[key] = weakref.ref(obj, lambda _: _arrived.pop(key, None))
    return obj


def secret_headers(headers: Iterable[str]) -> str:
    """Names the headers of a client that hold a secret, by what they are called; empty if there are none."""
    found = [name for name in headers if any(part in name.lower() for part in _HEADERS)]
    return ", ".join(sorted(found))


def _has_arrived(obj: Any) -> bool:
    known = _arrived.get(id(obj))
    return known is not None and known() is obj
