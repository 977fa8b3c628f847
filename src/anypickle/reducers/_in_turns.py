"""Reducers that one thread at a time runs.

    @recipe("_io:TextIOWrapper", ...)
    @in_turns
    def _reduce_text(text, policy, crossing): ...

For objects that are not made for several threads and that are changed by looking at them: two threads that dump one
text file at once would each see the read-ahead that the other one is about to give back.
"""

from __future__ import annotations

import _thread
import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.registry import Reduced

__all__ = ["in_turns"]

_Reduce = Callable[[Any, Policy, Crossing], Reduced]
_turn = _thread.RLock()  # not threading's, which may be ours


def in_turns(reduce: _Reduce) -> _Reduce:
    """The reducer, in turns with all others that are decorated so."""

    @wraps(reduce)
    def reduce_in_turn(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
        with _turn:
            return reduce(obj, policy, crossing)

    return reduce_in_turn


def _after_fork() -> None:
    """Another thread of the parent may have had its turn at the moment of the fork."""
    global _turn
    _turn = _thread.RLock()


os.register_at_fork(after_in_child=_after_fork)
