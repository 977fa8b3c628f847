"""Iterators that pickle can't write: made again over the rest of what they iterate over.

What one holds is only visible to the garbage collector, which shows what an object refers to.
"""

from __future__ import annotations

import gc
import itertools
import sys
from typing import Any

from anypickle import _rebuild
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
