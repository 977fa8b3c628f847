"""Whether a script starts processes while it is imported: a new process imports it, and would start them again.

The script is read, and not run.
"""

from __future__ import annotations

import ast
import multiprocessing
from collections.abc import Iterator
from pathlib import Path

from anypickle.commands._checks import Check

__all__ = ["guard"]

_STARTERS = frozenset({"Process", "Pool", "ProcessPoolExecutor", "Manager", "start_processes"})


def guard(script: Path) -> Check:
    """The check of a script.

    Raises:
        OSError: It can't be read.
        SyntaxError: It is no Python.
    """
    tree = ast.parse(script.read_bytes(), str(script))
    guarded = any(map(_is_guard, tree.body))
    for statement in tree.body:
        for call in () if _is_guard(statement) else _calls(statement):
            name = (
                call.func.attr
                if isinstance(call.func, ast.Attribute)
                else getattr(call.func, "id", "")
            )
            if name in _STARTERS:
                return Check(
                    "__main__ guard",
                    f"{script}:{call.lineno} calls {name} whenever it is imported",
                    'a new process imports it: put this under if __name__ == "__main__":'
                    if _imports_main(tree)
                    else "",
                )
    return Check(
        "__main__ guard",
        f"{script} has one" if guarded else f"{script} starts no process when it is imported",
    )


def _imports_main(tree: ast.Module) -> bool:
    """Whether the processes of the script import it: forked ones have it already."""
    method = multiprocessing.get_start_method(allow_none=True)
    default = method or multiprocessing.get_all_start_methods()[0]
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return default != "fork" or bool({"spawn", "forkserver"} & words)


def _calls(statement: ast.AST) -> Iterator[ast.Call]:
    """The calls that running a statement runs: not those in the functions that it defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    if isinstance(statement, ast.Call):
        yield statement
    for child in ast.iter_child_nodes(statement):
        yield from _calls(child)


def _is_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )
