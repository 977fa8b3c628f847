"""Iterators that pickle can't write: made again over the rest of what they iterate over.

What one holds is visible to the garbage collector alone, or (`_core.fields`) to who knows its struct. Until Python
3.13 itertools says itself where its iterators are; those of 3.14 and later are in `iterations`.
"""

from __future__ import annotations

import gc
import itertools
import sys
from typing import Any

from anypickle import _core, _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.registry import Reduced, recipe


@recipe("itertools:pairwise", policy=Policy.COPY, meaning="the pairs that are left")
def _reduce_pairwise(pairs: Any, policy: Policy, crossing: Crossing) -> Reduced:
    held = [part for part in gc.get_referents(pairs) if part is not type(pairs)]
    if sys.version_info >= (3, 13):
        held = held[:-1]  # a tuple that it keeps to use again
    return _rebuild.reduced("iterators:pairwise", held[0] if held else iter(()), held[1:])


def pairwise(rest: Any, kept: list[Any]) -> Any:
    """The pairs of what is left, after the item that was kept."""
    return itertools.pairwise(itertools.chain(kept, rest) if kept else rest)


if sys.version_info >= (3, 12):

    @recipe("itertools:batched", policy=Policy.COPY, meaning="the batches that are left")
    def _reduce_batched(batches: Any, policy: Policy, crossing: Crossing) -> Reduced:
        rest, size, *strict = _core.fields(batches, "onb" if sys.version_info >= (3, 13) else "on")
        return _rebuild.reduced(
            "iterators:batched", *(rest or ((),)), max(size, 1), bool(strict and strict[0])
        )


def batched(rest: Any, size: int, strict: bool) -> Any:
    """The batches of what is left."""
    if sys.version_info < (3, 12):
        raise TypeError("itertools.batched is of Python 3.12 and later")
    if sys.version_info < (3, 13):
        return itertools.batched(rest, size)
    return itertools.batched(rest, size, strict=strict)
