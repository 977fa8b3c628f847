"""Paths in the words of whoever made a call: `args[0].rows`, where a pool sends a tuple of its own.

What pools and processes pickle is theirs: `(job, number, function, args, kwds)`, a `_CallItem`, the process object.
Their users know a function, its arguments and its result. For `Pool.map` and `Executor.map` the arguments are those of
one call.
"""

from __future__ import annotations

import re
from typing import Any

from anypickle.explain.words import full_name, has, mro_of, name_of

__all__ = ["spoken"]

_POOL = (
    (r"obj\[3\]\[0\]\[1\]\[\d+\](?=\[\d+\])", "args", "starmapstar"),
    (r"obj\[3\]\[0\]\[1\]\[\d+\]", "args[0]", "mapstar"),
    (r"obj\[3\]\[0\]\[0\]", "func", "mapstar starmapstar"),
    (r"obj\[2\]", "func", ""),
    (r"obj\[3\]", "args", ""),
    (r"obj\[4\]", "kwds", ""),
)
_CALL = (
    (r"obj\.args\[0\]\[\d+\](?=\[\d+\])", "args", "_process_chunk"),
    (r"obj\.fn\.(?:args|keywords)\[0\]", "fn", "_process_chunk"),
    (r"obj\.fn\.items\[\d+\]\[0\]", "function", "BatchedCalls"),
    (r"obj\.fn\.items\[\d+\]\[1\]", "args", "BatchedCalls"),
    (r"obj\.fn\.items\[\d+\]\[2\]", "kwargs", "BatchedCalls"),
    (r"obj\.(?P<part>fn|args|kwargs)", "", ""),
)
_ANSWER = ((r"obj\[2\](?:\[1\])?", "result", ""),)
_RESULT = ((r"obj\.(?P<part>result|exception)(?:\[0\](?=\[\d+\]|$))?", "", ""),)
_PROCESS = (
    (r"obj\._content\._(?P<part>target|args|kwargs)", "", ""),
    (r"obj\._(?P<part>target|args|kwargs)", "", ""),
    (r"obj\._content", "process", ""),
)
_FIRST = re.compile(r"result|exception|\w+(?:\[(?:'[^']*'|[^\]])*\])?")


def spoken(path: str, root: Any) -> tuple[str, str]:
    """A path from what is being pickled, in the caller's words, and what to explain to learn the rest.

    Args:
        path: From `obj`.
        root: What is being pickled.
    """
    for pattern, word, function in _rules(root):
        if function and _function(root) not in function.split():
            continue
        found = re.match(rf"(?P<around>(?:list\()*){pattern}", path)
        if found:
            told = found["around"] + (word or found["part"]) + path[found.end() :]
            first = _FIRST.match(told, found.end("around"))
            return told, first.group() if first is not None else told
    return path, "obj"


def _rules(root: Any) -> tuple[tuple[str, str, str], ...]:
    if type(root) is tuple and len(root) == 5 and isinstance(root[3], tuple):
        return _POOL
    if type(root) is tuple and len(root) == 3 and isinstance(root[2], tuple):
        return _ANSWER
    if name_of(type(root)) == "_ResultItem":
        return _RESULT
    if name_of(type(root)) == "_CallItem" or has(type(root), "work_id"):
        return _CALL
    bases = {full_name(base) for base in mro_of(type(root))}
    return _PROCESS if "multiprocessing.process.BaseProcess" in bases else ()


def _function(root: Any) -> str:
    """The name of the pool's own function that makes the calls."""
    function = root[2] if type(root) is tuple else getattr(root, "fn", None)
    function = getattr(function, "func", function)
    return str(getattr(function, "__name__", type(function).__name__))
