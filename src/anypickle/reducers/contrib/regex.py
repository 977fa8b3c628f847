"""regex: a match is found again in its text by its pattern."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe


@recipe(
    "_regex:Match",
    policy=Policy.COPY,
    meaning="the same match, found again in the same text",
)
def _reduce_match(match: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if match.string is None:
        refuse(match, "it has given its text away", hint="pass it before detach_string()")
    args = (match.re, match.string, match.start(), match.end(), match.pos, match.endpos)
    made = find(*args)
    if made is None or made.regs != match.regs:
        refuse(match, "it can't be found again", hint="pass its groups, or the pattern and text")
    return _rebuild.reduced("contrib.regex:find", *args)


def find(pattern: Any, text: Any, start: int, end: int, pos: int, endpos: int) -> Any:
    """The match of a pattern at this place of a text."""
    for match in pattern.finditer(text, pos, endpos, overlapped=True):
        if match.span() == (start, end):
            return match
    return None
