"""multiprocessing's pickler: processes that are started, queues, pipes, pools and managers.

All of them hold the class `ForkingPickler` itself, so the class is changed and never replaced. What it writes goes
through our codec, with the reducers that were registered with the class; a subclass that brings hooks of its own
keeps the stock codec, and reaches the recipes through copyreg's table.

A process that is started is armed twice: by its preparation data, before it imports the program's main module,
and by the stream that carries the process object (`anypickle._armed.Arming`), which any pickler may have written.
"""

from __future__ import annotations

import io
from multiprocessing import context, process
from typing import Any

from anypickle import _core
from anypickle._armed import Arming
from anypickle.channels import _road, handing
from anypickle.crossing import FALLBACK, crossing, noted
from anypickle.policy import Channel

__all__ = ["Road", "outgoing", "road_to_child"]


def road_to_child() -> Channel:
    """The channel of what is being pickled: part of a process that is starting, or sent to one that runs."""
    return Channel.TASK if context.get_spawning_popen() is None else Channel.SPAWN


def outgoing(obj: Any) -> Any:
    """What is written for `obj`: a process object arms the process that it becomes."""
    if not isinstance(obj, process.BaseProcess):
        return obj
    from anypickle.shared.anchor import anchor

    return Arming(obj, anchor())


class Road(_road.Road):
    """`ForkingPickler` of `multiprocessing.reduction`, or of a copy of it."""

    def apply(self) -> None:
        forking_pickler = self.library.ForkingPickler
        stock_init = forking_pickler.__init__
        stock_dump = forking_pickler.dump

        def __init__(self: Any, file: Any, *args: Any, **options: Any) -> None:
            stock_init(self, file, *args, **options)
            self._anypickle_target = (file, *args)

        def dump(self: Any, obj: Any) -> None:
            with crossing(road_to_child(), root=obj, arms=True, shares_main=True):
                if _is_plain(type(self), forking_pickler):
                    pickler = _core.Pickler(*self._anypickle_target)
                    pickler.dispatch_table = handing.table(forking_pickler._extra_reducers)
                    pickler.dump(outgoing(obj))
                else:
                    noted(_name(type(self)), FALLBACK)
                    stock_dump(self, outgoing(obj))

        def dumps(cls: Any, obj: Any, protocol: int | None = None) -> memoryview:
            if not _is_plain(cls, forking_pickler):
                stock: memoryview = stock_dumps(cls, obj, protocol)
                return stock
            buffer = io.BytesIO()
            pickler = _core.Pickler(buffer, protocol)
            pickler.dispatch_table = handing.table(cls._extra_reducers)
            with crossing(road_to_child(), root=obj, arms=True, shares_main=True):
                pickler.dump(outgoing(obj))
            return buffer.getbuffer()

        stock_dumps: Any = forking_pickler.dumps.__func__
        self.patches.attribute(forking_pickler, "__init__", __init__)
        self.patches.attribute(forking_pickler, "dump", dump)
        self.patches.attribute(forking_pickler, "dumps", classmethod(dumps))


def _name(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


_HOOKS = ("__init__", "dump", "reducer_override", "persistent_id")


def _is_plain(cls: type, forking_pickler: type) -> bool:
    """Whether `cls` is the class itself, or a subclass that changes nothing of how it pickles."""
    return all(
        name not in vars(base)
        for base in cls.__mro__[: cls.__mro__.index(forking_pickler)]
        for name in _HOOKS
    )
