"""structlog: loggers that write to a file write to the file of the other side; the rest is structlog's own affair."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, Scope
from anypickle.registry import Reduced, recipe


@recipe(
    "structlog._output:PrintLogger",
    "structlog._output:WriteLogger",
    "structlog._output:BytesLogger",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="a logger that writes to the copy of its file",
)
def _reduce_logger(logger: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.structlog:logger", type(logger), logger._file)


def logger(cls: Any, file: Any) -> Any:
    """A logger that writes to a file."""
    return cls(file)
