"""Context managers that keep in C or in a generator what they will do: made again, as long as nothing has begun."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

__all__ = ["decimal_context", "managed"]


@recipe(
    "contextlib:_GeneratorContextManager",
    "contextlib:_AsyncGeneratorContextManager",
    policy=Policy.COPY,
    subclasses=True,
    meaning="what the decorated function gives for the same arguments; one that was entered is refused",
)
def _reduce_managed(manager: Any, policy: Policy, crossing: Crossing) -> Reduced:
    import inspect

    function = getattr(manager, "func", None)
    if function is None or not (
        inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
    ):
        refuse(
            manager,
            "it was entered, and is half-way through its code",
            hint="pass the function and its arguments, and enter it on the other side",
        )
    return _rebuild.reduced("contexts:managed", type(manager), function, manager.args, manager.kwds)


def managed(cls: type, function: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A context manager over a generator that has not begun."""
    return cls(function, args, keywords)


@recipe(
    "decimal:ContextManager",
    policy=Policy.COPY,
    meaning="a context manager that sets a copy of the same decimal context",
)
def _reduce_decimal(manager: Any, policy: Policy, crossing: Crossing) -> Reduced:
    import decimal

    before = decimal.getcontext()
    try:
        with manager as context:
            held = context.copy()
    finally:
        decimal.setcontext(before)
    return _rebuild.reduced("contexts:decimal_context", held)


def decimal_context(context: Any) -> Any:
    """What `decimal.localcontext` gives for this context."""
    import decimal

    return decimal.localcontext(context)
