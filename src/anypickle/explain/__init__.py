"""Why an object can't cross, all of it: `anypickle.explain(obj)`.

The module itself is that function: `anypickle.explain(obj, channel="task")` gives a `Report`.
"""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False  # as typing's, without importing it
if TYPE_CHECKING:
    from typing import Any

    from anypickle.explain.finding import Finding, Owner, Report, Severity

__all__ = ["Finding", "Owner", "Report", "Severity", "explain"]


def explain(obj: Any, channel: str = "spawn", **options: Any) -> Report:
    """Every object in the graph of `obj` that can't cross, or crosses with a meaning that a person should know.

    Args:
        obj: Any object. Nothing of it is changed, opened or imported.
        channel: `bytes`, `copy`, `spawn`, `task`, `hash` or `file`.
        **options: `policies`, as for `anypickle.dumps`; `max_objects`, where to stop.

    Returns:
        A report: `.ok`, `.findings`, `print(report)`, `.to_json()`, `.to_html()`, `.to_dot()`.
    """
    from anypickle.explain.walk import walk

    return walk(obj, channel, **options)


def __getattr__(name: str) -> Any:
    if name in __all__:
        from anypickle.explain import finding

        return getattr(finding, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Function(ModuleType):
    """The package, which can be called: `anypickle.explain` is its name and the function's."""

    __call__ = staticmethod(explain)


sys.modules[__name__].__class__ = _Function
