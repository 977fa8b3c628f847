"""Things that cross by value and yet are one thing: classes, type variables and context variables.

Each gets a token when it first leaves the process that made it, and the token travels with it. Where it arrives a
second time, or comes back home, the token finds the one that is there, so `isinstance` holds.

    token = _identity.token_of(cls)              # leaving
    there = _identity.find(token)                # arriving: the class, or None
    _identity.adopt(token, cls)                  # this process knows it by that token from now on

Classes may change after they left. Their owner counts its revisions; what arrives is brought up to the revision that it
came with, and what is at home (COMPLETE) is never touched.

Threading: the tables change under a lock, which `arriving` holds from the look-up to the adoption.
Invariant: tokens don't keep alive what can be weakly referenced.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

__all__ = ["COMPLETE", "adopt", "advance", "arriving", "find", "token_of"]

COMPLETE = sys.maxsize
"""The revision of what was made here."""

arriving = threading.RLock()
"""Held by those who look up, make and adopt."""

_named: dict[bytes, Callable[[], Any]] = {}
_tokens: dict[int, tuple[Callable[[], Any], bytes]] = {}
_revisions: dict[bytes, int] = {}


def token_of(thing: Any) -> bytes:
    """The token of a thing: the one that it arrived with, or its first."""
    known = _tokens.get(id(thing))
    if known is not None:
        return known[1]
    with arriving:
        known = _tokens.get(id(thing))
        if known is not None:
            return known[1]
        return adopt(os.urandom(12), thing)


def find(token: bytes) -> Any:
    """What goes by this token in this process, or None."""
    known = _named.get(token)
    return None if known is None else known()


def advance(thing: Any, revision: int) -> bool:
    """Whether `thing` is older than `revision`; from now on it is not."""
    token = token_of(thing)
    with arriving:
        older = _revisions[token] < revision
        if older:
            _revisions[token] = revision
        return older


def adopt(token: bytes, thing: Any, revision: int = COMPLETE) -> bytes:
    """Makes `thing` known by `token`, which it returns."""
    with arriving:
        key = id(thing)

        def forget(reference: weakref.ref[Any]) -> None:
            if _named.get(token) is reference:
                del _named[token], _revisions[token]
            known = _tokens.get(key)
            if known is not None and known[0] is reference:
                del _tokens[key]

        reference: Callable[[], Any]
        try:
            reference = weakref.ref(thing, forget)
        except TypeError:  # a context variable, an alias: such things live as long as the process
            reference = partial(_same, thing)
        _named[token] = reference
        _tokens[key] = (reference, token)
        _revisions[token] = revision
        return token


def _same(thing: Any) -> Any:
    return thing


def _after_fork() -> None:
    global arriving
    arriving = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)
