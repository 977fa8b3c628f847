"""Hashes of what objects hold: the same in every process, for caches that outlive one.

    anypickle.hash({"b": [1, 2], "a": {3, 4}})      # '5a1c...', wherever and whenever

The object is written for the channel `hash`, in which nothing is named by a token of this process, and what the stream
holds is digested (cpp/include/anypickle/digest.h), not its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anypickle import _core
from anypickle.policy import Channel, Policy

__all__ = ["hash"]


def hash(obj: Any, *, policies: Mapping[type | str, Policy | str] | None = None) -> str:
    """A hash of the content of any object that `dumps` carries, as 32 hexadecimal digits.

    Equal hashes mean equal content: types, values and what instances hold. The order of dicts and sets does not count,
    nor whether equal parts are one object; only within what holds itself it does. The order of an OrderedDict or of a
    list counts. Functions and classes that go by name are hashed by their name, the others by their code, file and
    line included. 1, 1.0 and True are different, as are arrays of numpy in the orders of C and of Fortran.

    The same for every process that runs the same versions of Python, of anypickle and of the libraries whose objects
    are hashed.

    Args:
        obj: What to hash.
        policies: As those of `dumps`.

    Raises:
        TypeError: It can't be pickled; PicklingError and others, as `dumps` raises them.
    """
    return _core.digest(_core.dumps(obj, 4, channel=Channel.HASH, policies=policies)).hex()
