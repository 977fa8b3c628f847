"""Finds who holds an object: the class whose source assigns the attribute, and the line."""

from __future__ import annotations

import ast
import inspect
import textwrap
import weakref
from collections.abc import Iterator
from typing import Any

from anypickle.explain.finding import Owner
from anypickle.explain.words import mro_of, name_of

__all__ = ["owner_in", "owner_of"]

_assignments: weakref.WeakKeyDictionary[type, dict[str, int]] = weakref.WeakKeyDictionary()


def owner_of(holder: Any, attribute: str) -> Owner:
    """The owner of `holder.<attribute>`: the nearest class of the holder whose source assigns it."""
    return _owner(type(holder), attribute)


def owner_in(cls: type, attribute: str) -> Owner:
    """The owner of `cls.<attribute>`, an attribute of the class itself."""
    return _owner(cls, attribute)


def _owner(kind: type, attribute: str) -> Owner:
    for cls in mro_of(kind):
        line = _lines(cls).get(attribute)
        if line is not None:
            return Owner(name_of(cls), attribute, _file(cls), line)
    return Owner(name_of(kind), attribute)


def _file(cls: type) -> str | None:
    try:
        return inspect.getsourcefile(cls)
    except Exception:
        return None


def _lines(cls: type) -> dict[str, int]:
    """The first line in the source of a class that assigns each attribute."""
    try:
        return _assignments[cls]
    except KeyError:
        pass
    try:
        lines, first = inspect.getsourcelines(cls)
        tree, shift = ast.parse(textwrap.dedent("".join(lines))), first - 1
    except Exception:  # there is no source, or the class says what is not so of itself
        tree, shift = ast.Module([], []), 0
    found: dict[str, int] = {}
    for name, line in [*_of_instances(tree), *_of_class(tree)]:
        found.setdefault(name, line + shift)
    _assignments[cls] = found
    return found


def _of_instances(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What methods assign to the attributes of their first argument, whatever that is called."""
    for method in ast.walk(tree):
        if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = [arg.arg for arg in (*method.args.posonlyargs, *method.args.args)][:1]
        for node in ast.walk(method):
            for target in _targets(node):
                if isinstance(target, ast.Attribute) and _is_called(target.value, first):
                    yield target.attr, target.lineno


def _is_called(node: ast.expr, names: list[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _of_class(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What the body of the class assigns or declares."""
    cls = next((node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)), None)
    for node in cls.body if cls is not None else ():
        for target in _targets(node):
            if isinstance(target, ast.Name):
                yield target.id, target.lineno


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return [e for t in node.targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
    if isinstance(node, ast.AnnAssign):
        return [node.target]
    return []
