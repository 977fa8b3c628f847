"""Matches of regular expressions: found again in the same string, and checked to be the same. Scanners: made again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe


@recipe("re:Match", policy=Policy.COPY, meaning="the same match in the same string")
def _reduce(match: Any, policy: Policy, crossing: Crossing) -> Reduced:
    for way, found in _ways(match):
        if found is not None and _same(found, match):
            return _rebuild.reduced(
                "matches:match", match.re, match.string, way, match.pos, match.endpos, match.start()
            )
    refuse(
        match,
        "searching again does not find the same",
        hint="pass match.groups(), match.groupdict() or match.span()",
    )


def match(pattern: Any, string: Any, way: str, pos: int, endpos: int, start: int) -> Any:
    """The match, found again in the same way."""
    if way == "finditer":
        return next(
            found for found in pattern.finditer(string, pos, endpos) if found.start() == start
        )
    return getattr(pattern, way)(string, pos, endpos)


def _ways(match: Any) -> Iterator[tuple[str, re.Match[Any] | None]]:
    where = (match.string, match.pos, match.endpos)
    for way in ("search", "match", "fullmatch"):
        yield way, getattr(match.re, way)(*where)
    for found in match.re.finditer(*where):
        if found.start() >= match.start():
            yield "finditer", found
            return


def _same(one: Any, other: Any) -> bool:
    return bool(one.regs == other.regs and one.lastindex == other.lastindex)


@recipe("re:Scanner", policy=Policy.COPY, meaning="a scanner with the same lexicon and flags")
def _reduce_scanner(scanner: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("matches:scanner", scanner.lexicon, scanner.scanner.flags)


def scanner(lexicon: Any, flags: int) -> Any:
    """A scanner for this lexicon."""
    make: Any = re.Scanner  # type: ignore[attr-defined]
    return make(lexicon, flags)
