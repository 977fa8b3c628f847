"""Has each outermost crossing of this process counted: from where, how many bytes, how long, by which policies.

`anypickle.crossing` tells `_core` of the beginning and the end of each; `_core` counts (`src/ext/traffic`), and asks a
`Book` for labels. What is sent again is known by where a large payload lies and by samples of it, and an object of a
task by its identity. While nobody counts, nothing of this is called.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

from anypickle import _core, crossing
from anypickle.channels._patches import Patches
from anypickle.policy import Channel
from anypickle.post_import import PostImport
from anypickle.traffic import tasks
from anypickle.traffic.book import Book

__all__ = ["start", "stop"]

_folder = ""
_patches = Patches()


def start(folder: str) -> None:
    """Counts every crossing of this process, into a file of its own in this folder."""
    global _folder
    if crossing.meter is not None:
        return
    _folder = folder
    _core.count_into(Book(folder))
    crossing.meter = _core
    tasks.start()
    import anypickle

    for name in ("dumps", "dump"):
        _patches.attribute(anypickle, name, crossing.counted(anypickle, name, Channel.BYTES))
    _shared_queues.start()


def stop() -> None:
    """Counts no more."""
    crossing.meter = None
    _core.count_into(None)
    tasks.stop()
    _shared_queues.stop()
    _patches.revert()


def _in_shared_queues(shared: ModuleType) -> None:
    set_codec = importlib.import_module("anypickle._shm").set_codec
    set_codec(crossing.counted(_core, "dumps", Channel.TASK), _core.loads)
    _patches.call(lambda: set_codec(_core.dumps, _core.loads))


_shared_queues = PostImport({"anypickle.shared": _in_shared_queues})


def _after_fork() -> None:
    if crossing.meter is not None:
        _core.count_into(Book(_folder))  # a forked child has counters of its own


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork)
