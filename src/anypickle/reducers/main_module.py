"""Whether a new process that multiprocessing starts has a thing of `__main__` under its name.

The child runs the program's file again as `__mp_main__`, so it has what the file defines, except for what it defines
under `if __name__ == "__main__":`. Of an interactive session there is no file to run.
"""

from __future__ import annotations

import ast
import os
import sys
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import Any

__all__ = ["defines", "is_run_again"]


def is_run_again(obj: Any) -> bool:
    """Whether running the program's file again defines this function or class."""
    return defines(obj.__qualname__)


def defines(name: str) -> bool:
    """Whether running the program's file again defines this name, or what it begins with."""
    main = sys.modules["__main__"]
    if getattr(main, "__spec__", None) is None and not _runs_from_file(main):
        return False
    path = getattr(main, "__file__", None)
    if path is None:
        return True
    return name.partition(".")[0] not in _guarded(path)


def _runs_from_file(main: Any) -> bool:
    path = getattr(main, "__file__", None)
    return isinstance(path, str) and not hasattr(main, "__IPYTHON__") and _is_file(path)


def _is_file(path: str) -> bool:
    """Whether it is or was a file: one that goes while the program runs has been run, and can't be for anybody new."""
    if path not in _files:
        try:
            found = S_ISREG(os.stat(path).st_mode)  # noqa: PTH116  # Path.is_file takes ten times as long
        except (OSError, ValueError):
            return False
        if found:
            _files.add(path)
        return found
    return True


_files: set[str] = set()


@lru_cache(maxsize=4)
def _guarded(path: str) -> frozenset[str]:
    """The names that the file defines nowhere but under `if __name__ == "__main__":`."""
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    guards = [node for node in tree.body if isinstance(node, ast.If) and _is_guard(node.test)]
    always = {name for node in tree.body if node not in guards for name in _defined(node)}
    guarded = {name for guard in guards for node in guard.body for name in _defined(node)}
    return frozenset(guarded - always)


def _is_guard(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = [test.left, *test.comparators]
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    values = {side.value for side in sides if isinstance(side, ast.Constant)}
    return "__name__" in names and "__main__" in values


def _defined(node: ast.stmt) -> set[str]:
    """The functions and classes that a statement defines, in it or in the statements within it."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    assigned = {
        target.id
        for target in (node.targets if isinstance(node, ast.Assign) else ())
        if isinstance(target, ast.Name)
    }
    return assigned.union(*map(_defined, inner))
