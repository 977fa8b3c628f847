"""Whose code a file is: the program's, a library's, or the machinery's (ours and the standard library's).

The line of the program that sends something is that of the nearest frame of its own (`src/ext/traffic/sites.h`).
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

__all__ = ["whose"]

_OURS = str(Path(__file__).parents[1])
_STDLIB = f"{Path(os.__file__).parent}{os.sep}"  # what sysconfig says, which takes longer to import than all of this
_PACKAGES = ("site-packages", "dist-packages")
_USER, _LIBRARY, _MACHINERY = range(3)


@cache
def whose(file: str) -> int:
    """Whose this file is; `_core` knows the numbers as `Whose`."""
    if file.startswith((_OURS, "<frozen")):
        return _MACHINERY
    if any(part in file for part in _PACKAGES):
        return _LIBRARY
    if file == "<string>" and _is_a_child():
        return _MACHINERY  # the command line of a process that multiprocessing has started
    return _MACHINERY if file.startswith(_STDLIB) else _USER


def _is_a_child() -> bool:
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
