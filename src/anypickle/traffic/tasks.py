"""Who gave a task to a pool, or put an item into a queue: another thread sends it later, without the caller's frames.

So the line is noted when the task is made, and looked up by what is then sent. Only the last few thousand are kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from anypickle._core import hand_over
from anypickle.channels._patches import Patches
from anypickle.post_import import PostImport

__all__ = ["start", "stop"]

_NO_JOB = 0
_patches = Patches()


def _in_pool(library: ModuleType) -> None:
    for name in ("ApplyResult", "MapResult", "IMapIterator"):
        cls = getattr(library, name)
        if "__init__" in vars(cls):
            _after(cls, "__init__", lambda self, *_: hand_over(self._job, None))


def _in_executor(library: ModuleType) -> None:
    _after(
        library._WorkItem,
        "__init__",
        lambda self, *_: hand_over(_NO_JOB, self.kwargs),
    )


def _in_queues(library: ModuleType) -> None:
    def noting(self: Any, obj: Any, *_: Any) -> None:
        if obj is not None and type(obj).__name__ != "_CallItem":
            hand_over(_NO_JOB, obj)

    _before(library.Queue, "put", noting)


def _after(cls: type, name: str, notice: Callable[..., None]) -> None:
    stock = getattr(cls, name)

    @functools.wraps(stock)
    def wrapped(self: Any, *args: Any, **options: Any) -> Any:
        result = stock(self, *args, **options)
        notice(self, *args)
        return result

    _patches.attribute(cls, name, wrapped)


def _before(cls: type, name: str, notice: Callable[..., None]) -> None:
    stock = getattr(cls, name)

    @functools.wraps(stock)
    def wrapped(self: Any, *args: Any, **options: Any) -> Any:
        notice(self, *args, *options.values())
        return stock(self, *args, **options)

    _patches.attribute(cls, name, wrapped)


_waiting = PostImport(
    {
        "multiprocessing.pool": _in_pool,
        "multiprocessing.queues": _in_queues,
        "concurrent.futures.process": _in_executor,
        "loky.process_executor": _in_executor,
        "joblib.externals.loky.process_executor": _in_executor,
    }
)


def start() -> None:
    """Notes from now on."""
    _waiting.start()


def stop() -> None:
    """Puts everything back."""
    _waiting.stop()
    _patches.revert()
