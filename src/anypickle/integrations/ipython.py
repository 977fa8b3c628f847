"""The IPython magic: `%load_ext anypickle`, then `%anypickle obj` or `%anypickle --channel task obj.attribute`."""

from __future__ import annotations

from typing import Any

__all__ = ["load_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext anypickle`."""
    shell.register_magic_function(lambda line: _magic(shell, line), "line", "anypickle")


def _magic(shell: Any, line: str) -> Any:
    """Explains the value of an expression."""
    from anypickle.explain import explain

    channel, expression = "spawn", line.strip()
    if expression.startswith("--channel"):
        _, channel, expression = expression.split(maxsplit=2)
    return explain(shell.ev(expression), channel=channel)
