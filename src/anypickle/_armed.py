"""Arming: what an installed process wrote for another one installs anypickle there, before it is rebuilt.

So a pool's worker can send back what it was sent, without being configured. A stream that arms calls `call` here
in the place of `anypickle._rebuild.call`; what starts a process is wrapped in an `Arming`. Arming starts no thread and
opens nothing. A process whose own program has called `install()`, `uninstall()` or `installed()` decides for
itself: a result that comes back to it changes nothing.
"""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild

__all__ = ["Arming", "arm", "call"]


def arm() -> None:
    """Installs anypickle in this process, unless its program decides for itself."""
    from anypickle import channels

    channels.arm()


def call(version: str, name: str, /, *args: Any) -> Any:
    """As `anypickle._rebuild.call`, in a process that is armed."""
    arm()
    return _rebuild.call(version, name, *args)


def _unwrap(_armed: None, _anchor: Any, content: Any) -> Any:
    return content


class Arming:
    """Stands for an object in a stream: where that is rebuilt, the process is armed first.

    Args:
        content: The object.
        anchor: Something in shared memory; rebuilding it joins the other process to this one's memory.
    """

    def __init__(self, content: Any, anchor: Any = None) -> None:
        self._content = content
        self._anchor = anchor

    def __reduce__(self) -> tuple[Any, ...]:
        return _unwrap, (_Arm(), self._anchor, self._content)


class _Arm:
    """Calls `arm` where it is rebuilt."""

    def __reduce__(self) -> tuple[Any, ...]:
        return arm, ()
