"""Explains a pickle that lies in a file: what loading it would look up and call, read without running it.

Reading imports nothing and builds nothing: it is the decoder of `anypickle.loads` with nobody to build for.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

from anypickle import _core
from anypickle.explain.finding import Finding, Report, Severity
from anypickle.policy import Channel

__all__ = ["explain_stream"]


def explain_stream(data: bytes, name: str = "pickle") -> Report:
    """What loading a stream would do.

    Args:
        data: One pickle; what follows its STOP is told of.
        name: What the report calls it.
    """
    told = _core.scan(data)
    findings = [_use(use) for use in told["globals"]]
    if told["fault"] is not None:
        findings.append(
            _finding(
                f"byte {told['offset']}",
                Severity.BLOCKER,
                "malformed",
                f"It can't be loaded: {told['fault']}.",
                "get the file again; what was read up to there is told of above",
            )
        )
    elif told["consumed"] < len(data):
        findings.append(
            _finding(
                f"byte {told['consumed']}",
                Severity.LOAD,
                "trailing-bytes",
                f"{len(data) - told['consumed']:,} bytes follow the end of the pickle.",
                "a file of several pickles is loaded by as many calls of load()",
            )
        )
    findings.sort(key=lambda finding: finding.severity.rank)
    return Report(name, Channel.FILE, tuple(findings), told["expansion"], len(data))


def _use(use: dict[str, Any]) -> Finding:
    what = f"{use['module']}.{use['name']}"
    path = f"byte {use['offset']}"
    if use["computed"]:
        return _finding(
            path,
            Severity.LOAD,
            "computed-name",
            "It looks up a name that it makes while it is loaded, so nobody can tell which.",
            "load it only if you trust whoever wrote it",
        )
    done = ", ".join(use["roles"]) or "looked up"
    if _is_missing(use["module"]):
        return _finding(
            path,
            Severity.BLOCKER,
            "missing-module",
            f"It needs {what} ({done}), and there is no module {use['module'].partition('.')[0]!r} here.",
            "install the package that it was written with",
            what,
        )
    if _is_missing_name(use["module"], use["name"]):
        return _finding(
            path,
            Severity.BLOCKER,
            "missing-name",
            f"It needs {what} ({done}), and the {use['module']!r} that is imported here has no such name.",
            "install the version of the package that it was written with",
            what,
        )
    return _finding(
        path,
        Severity.POLICY,
        "global",
        f"Loading looks up {what} ({done}, {use['count']} times).",
        "",
        what,
    )


def _is_missing(module: str) -> bool:
    """Whether the top package is nowhere. Nothing is imported: so submodules are not looked for."""
    top = module.partition(".")[0]
    if top in sys.modules or top == "__builtin__":
        return False
    try:
        return importlib.util.find_spec(top) is None
    except (ImportError, ValueError):
        return True


def _is_missing_name(module: str, name: str) -> bool:
    """Whether a module that is imported has no such name. Nothing is imported, and no `__getattr__` is asked."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        if found is None or (isinstance(found, ModuleType) and "__getattr__" in vars(found)):
            return False
        try:
            names = (
                [vars(found)]
                if isinstance(found, ModuleType)
                else [vars(base) for base in found.__mro__]
            )
        except (AttributeError, TypeError):
            return False
        found = next((space[part] for space in names if part in space), None)
        if found is None:
            return not any(part in space for space in names)
    return False


def _finding(
    path: str, severity: Severity, detector: str, meaning: str, hint: str, type_name: str = "pickle"
) -> Finding:
    return Finding(path, None, type_name, severity, detector, meaning, hint, paths=(path,))
