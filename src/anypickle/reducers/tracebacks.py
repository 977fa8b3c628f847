"""Tracebacks arrive as text that prints as they did: file, line, function and the line's source.

What arrives is a real traceback, so whoever prints, formats or re-raises needs to know nothing of it. Its frames are
empty ones that carry a place and no variables. The source lines travel along for a machine that does not have the file.

    Traceback (most recent call last):
      File "/there/work.py", line 7, in divide
        return 1 / zero
    ZeroDivisionError: division by zero
"""

from __future__ import annotations

import linecache
import sys
from importlib.machinery import ModuleSpec
from types import CodeType, FrameType, TracebackType
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.registry import Reduced, recipe

__all__ = ["traceback"]

Place = tuple[str, str, str, int, str, str]
"""File, function, its qualified name, line, module, and the source of the line."""


@recipe(
    TracebackType,
    policy=Policy.COPY,
    meaning="a traceback that prints the same; its frames have places and source lines, and no variables",
)
def _reduce(found: TracebackType, policy: Policy, crossing: Crossing) -> Reduced:
    places = []
    link: TracebackType | None = found
    while link is not None:
        places.append(_place(link))
        link = link.tb_next
    return _rebuild.reduced("tracebacks:traceback", places)


def _place(link: TracebackType) -> Place:
    frame = link.tb_frame
    code = frame.f_code
    line = link.tb_lineno or 0
    module = frame.f_globals.get("__name__")
    text = linecache.getline(code.co_filename, line, frame.f_globals)
    name = module if isinstance(module, str) else ""
    return (code.co_filename, code.co_name, code.co_qualname, line, name, text.rstrip("\n"))


def traceback(places: list[Place]) -> TracebackType | None:
    """A traceback through these places, outermost first."""
    sources: dict[str, _Source] = {}
    for file, _, _, line, _, text in places:
        sources.setdefault(file, _Source()).lines[line] = text
    made: TracebackType | None = None
    for place in reversed(places):
        frame = _frame(place, sources[place[0]])
        made = TracebackType(made, frame, 0, place[3])
    return made


class _Source:
    """Answers `linecache` where the file itself is not found, as a loader would."""

    def __init__(self) -> None:
        self.lines: dict[int, str] = {}

    def get_source(self, _module: str) -> str:
        """The lines that are known, each in its place."""
        last = max(self.lines, default=0)
        return "\n".join(self.lines.get(number, "") for number in range(1, last + 1))


def _frame(place: Place, source: _Source) -> FrameType:
    """A frame that has run no code of anybody's and stands at this place."""
    file, function, qualname, line, module, _ = place
    code = _STUB.replace(
        co_filename=file, co_name=function, co_qualname=qualname, co_firstlineno=max(line, 1)
    )
    name = module or "?"
    # Python 3.15 asks the spec for the loader.
    spec = ModuleSpec(name, source, origin=file)  # type: ignore[arg-type]
    scope: dict[str, Any] = {"__name__": name, "__file__": file, "__loader__": source}
    scope["__spec__"] = spec
    scope["here"] = sys._getframe
    exec(code, scope)
    del scope["here"]
    frame: FrameType = scope.pop("frame")
    return frame


def _stub() -> CodeType:
    """Code whose instructions have no place in any line: no columns are marked in the lines that it is given."""
    code = compile("frame = here()", "<traceback>", "exec")
    units = len(code.co_code) // 2
    runs = [min(units - start, _LONGEST) for start in range(0, units, _LONGEST)]
    return code.replace(co_linetable=bytes(_NOWHERE | (run - 1) for run in runs))


_LONGEST = 8
_NOWHERE = 0xF8
"""In a table of lines: a run of up to eight instructions without one (CPython's `Objects/locations.md`)."""
_STUB = _stub()
