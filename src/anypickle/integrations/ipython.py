"""The IPython magic: `%load_ext anypickle`, then `%anypickle obj` or `%anypickle --channel task obj.attribute`."""

from __future__ import annotations

from typing import Any

__all__ = ["load_ipython_extension"]

_USAGE = (
    "%anypickle [--channel CHANNEL] EXPRESSION; the channels: bytes, copy, spawn, task, hash, file"
)


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext anypickle`."""

    def magic(line: str) -> Any:
        """Explains the value of an expression: %anypickle [--channel CHANNEL] EXPRESSION."""
        return _explained(shell, line)

    shell.register_magic_function(magic, "line", "anypickle")


def _explained(shell: Any, line: str) -> Any:
    from anypickle.explain import explain

    channel, expression = "spawn", line.strip()
    if expression.startswith("--channel"):
        words = expression.removeprefix("--channel").lstrip(" =").split(maxsplit=1)
        channel, expression = words if len(words) == 2 else ("", "")
    if not expression:
        raise ValueError(_USAGE)
    return explain(shell.ev(expression), channel=channel)
