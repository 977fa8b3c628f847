"""Things that cross by value and yet are one thing: classes, type variables and context variables.

Each gets a token when it first leaves the process that made it, and the token travels with it. Where it arrives a
second time, or comes back home, the token finds the one that is there, so `isinstance` holds.

    token = _identity.token_of(cls)              # leaving
    there = _identity.find(token)                # arriving: the class, or None
    _identity.adopt(token, cls)                  # this process knows it by that token from now on

Classes may change after they left. Their owner counts its revisions; what arrives is brought up to the revision that it
came with, and what is at home (COMPLETE) is never touched.

Threading: the tables change under a lock, which `arriving` holds from the look-up to the adoption. `_core` reads them.
Invariant: tokens don't keep alive what can be weakly referenced.
"""

from __future__ import annotations

import copyreg
import os
import sys
import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from anypickle import _core

__all__ = ["COMPLETE", "Entry", "adopt", "arriving", "entry_of", "find", "settle", "token_of"]

COMPLETE = sys.maxsize
"""The revision of what was made here."""

arriving = threading.RLock()
"""Held by those who look up, make and adopt."""

Entry = list[Any]
"""What is known of a thing, at the indices below (codec/value/identities.h has the same ones)."""
REFERENCE, TOKEN, REVISION, CHANGES, VERSION, FINGERPRINT = range(6)

_named, _entries = _core.identities


def token_of(thing: Any) -> bytes:
    """The token of a thing: the one that it arrived with, or its first."""
    token: bytes = entry_of(thing)[TOKEN]
    return token


def entry_of(thing: Any) -> Entry:
    """What is known of a thing that is here."""
    known = _entries.get(id(thing))
    if known is None:
        with arriving:
            known = _entries.get(id(thing))
            if known is None:
                settle(thing)
                known = adopt(os.urandom(12), thing)
    return known


def settle(thing: Any) -> None:
    """Has copyreg note in a class what slots it has, as it does for the first instance: that is no change of the class.

    Not where a metaclass may look at what its classes have: to one of a Protocol every attribute is a demand.
    """
    if type(thing) is type:
        copyreg._slotnames(thing)  # type: ignore[attr-defined]


def find(token: bytes | None) -> Any:
    """What goes by this token in this process, or None."""
    known = None if token is None else _named.get(token)
    return None if known is None else known()


def adopt(token: bytes | None, thing: Any, revision: int = COMPLETE) -> Entry:
    """Makes `thing` known by `token`, at this revision."""
    token = token or os.urandom(12)
    with arriving:
        key = id(thing)

        def forget(
            reference: weakref.ref[Any], _named: Any = _named, _entries: Any = _entries
        ) -> None:
            if _named.get(token) is reference:
                del _named[token]
            known = _entries.get(key)
            if known is not None and known[0] is reference:
                del _entries[key]

        reference: Callable[[], Any]
        try:
            reference = weakref.ref(thing, forget)
        except TypeError:  # a context variable, an alias: such things live as long as the process
            reference = partial(_same, thing)
        _named[token] = reference
        _entries[key] = entry = [reference, token, revision, 0, None, None]
        return entry


def _same(thing: Any) -> Any:
    return thing


def _after_fork() -> None:
    global arriving
    arriving = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)
