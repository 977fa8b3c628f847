"""Finds who holds an object: the class whose source assigns the attribute, and the line."""

from __future__ import annotations

import ast
import inspect
import weakref
from typing import Any

from anypickle.explain.finding import Owner

__all__ = ["owner_of"]

_assignments: weakref.WeakKeyDictionary[type, dict[str, int]] = weakref.WeakKeyDictionary()


def owner_of(holder: Any, attribute: str) -> Owner:
    """The owner of `holder.<attribute>`: the nearest class of the holder whose source assigns it."""
    for cls in type(holder).__mro__:
        line = _lines(cls).get(attribute)
        if line is not None:
            return Owner(cls.__qualname__, attribute, _file(cls), line)
    return Owner(type(holder).__qualname__, attribute)


def _file(cls: type) -> str | None:
    try:
        return inspect.getsourcefile(cls)
    except (TypeError, OSError):
        return None


def _lines(cls: type) -> dict[str, int]:
    """The first line in the source of a class that assigns each attribute."""
    try:
        return _assignments[cls]
    except KeyError:
        pass
    try:
        lines, first = inspect.getsourcelines(cls)
        tree = ast.parse(
            inspect.cleandoc("if True:\n" + "".join(lines))
            if lines[0][:1].isspace()
            else "".join(lines)
        )
        shift = first - 1 - (1 if lines[0][:1].isspace() else 0)
    except (TypeError, OSError, SyntaxError, ValueError):
        tree, shift = ast.Module([], []), 0
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        for target in _targets(node):
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                if target.value.id in ("self", "cls"):
                    found.setdefault(target.attr, target.lineno + shift)
            elif isinstance(target, ast.Name) and isinstance(node, ast.AnnAssign):
                found.setdefault(target.id, target.lineno + shift)
    _assignments[cls] = found
    return found


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return [e for t in node.targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
    if isinstance(node, ast.AnnAssign):
        return [node.target]
    return []
