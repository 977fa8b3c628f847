"""The line of the program that sends something: the nearest frame that is neither ours nor the standard library's."""

from __future__ import annotations

import sys
import sysconfig
from multiprocessing import process
from pathlib import Path
from types import CodeType

__all__ = ["Site", "calling"]

Site = tuple[CodeType, int]

_OURS = str(Path(__file__).parents[1])
_STDLIB = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
_PACKAGES = ("site-packages", "dist-packages")
_USER, _LIBRARY, _MACHINERY = range(3)
_kinds: dict[str, int] = {}


def calling() -> Site | None:
    """The line that is being run now, of the program; of a library, where no frame is the program's own."""
    library: Site | None = None
    frame = sys._getframe(1)
    known = _kinds
    while frame is not None:
        code = frame.f_code
        kind = known.get(code.co_filename)
        if kind is None:
            kind = known[code.co_filename] = _kind(code.co_filename)
        if kind == _USER:
            return code, frame.f_lineno
        if kind == _LIBRARY and library is None:
            library = code, frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return library


def _kind(file: str) -> int:
    if file.startswith((_OURS, "<frozen")):
        return _MACHINERY
    if any(part in file for part in _PACKAGES):
        return _LIBRARY
    if file == "<string>" and process.parent_process() is not None:
        return _MACHINERY  # the command line of a process that multiprocessing has started
    return _MACHINERY if file.startswith(_STDLIB) else _USER
