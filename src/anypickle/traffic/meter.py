"""Counts each outermost crossing of this process: from where, how many bytes, how long, by which policies.

`anypickle.crossing` tells `begin` and `end`; nothing is called while nobody counts. What is sent again is known by
where a large payload lies and by samples of it (the codec takes both), and an object of a task by its identity.

Threading: each thread has one outermost crossing at a time.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import time
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from anypickle import _core, crossing
from anypickle.channels._patches import Patches
from anypickle.policy import Channel
from anypickle.post_import import PostImport
from anypickle.traffic import tasks
from anypickle.traffic.sites import Site, calling
from anypickle.traffic.tallies import Slot, Tallies

__all__ = ["Meter", "start", "stop"]

_WORTH_NOTICING = 16 * 1024
"""Bytes from which on an object that is sent again is noticed."""
_MOST = 4096
_PLACELESS = frozenset({"builtins", "types"})


class Meter:
    """The counters of this process."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._tallies: Tallies | None = None
        self._sites: dict[Any, Slot] = {}
        self._payloads: OrderedDict[tuple[Any, ...], int] = OrderedDict()
        self._objects: OrderedDict[int, tuple[weakref.ref[Any], int]] = OrderedDict()

    def begin(self) -> int:
        """A crossing begins."""
        _core.begin_count()
        return time.perf_counter_ns()

    def end(
        self,
        channel: Channel,
        root: Any,
        began: int,
        met: Mapping[tuple[str, str], int],
        error: BaseException | None,
    ) -> None:
        """It has ended, and met these kinds under these policies."""
        took = time.perf_counter_ns() - began
        size, payloads = _core.end_count()
        site = None if _is_answer(root) else tasks.site_of(root) or calling()
        slot = self._sites.get((id(site[0]), site[1], channel) if site else channel) or self._slot(
            site, channel, root
        )
        slot.add(1, size, took, error is not None)
        if not met and error is None and size < _WORTH_NOTICING:
            return
        for (kind, policy), times in met.items():
            of = "fallback" if policy == crossing.FALLBACK else "policy"
            self._detail(of, site, channel, kind, policy).add(times)
        if error is not None:
            told = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:120]}"
            where = getattr(error, "path", "")
            self._detail("error", site, channel, told, str(where)[:120]).add()
        for payload in payloads:
            self._payload(site, channel, payload)
        if size >= _WORTH_NOTICING and not payloads:
            for sent in _sent(root):
                self._object(site, channel, sent, size)

    def forget(self) -> None:
        """A forked child has counters of its own."""
        self._tallies = None
        self._sites.clear()
        self._payloads.clear()
        self._objects.clear()

    def _open(self) -> Tallies:
        if self._tallies is None:
            try:
                self._tallies = Tallies(self._folder)
            except OSError:  # the run is over, or the disk is full: the program goes on uncounted
                self._tallies = Tallies(None)
        return self._tallies

    def _slot(self, site: Site | None, channel: Channel, root: Any) -> Slot:
        found = self._open().slot(
            (site, channel),
            {
                "of": "site",
                **_place(site),
                "channel": str(channel),
                "what": _what(root)
                if channel is not Channel.SPAWN
                else "a process that is started",
            },
        )
        if site is None:
            self._sites[channel] = found
        else:  # the code object is kept by the key of its slot, so nothing else gets its id
            self._sites[id(site[0]), site[1], channel] = found
        return found

    def _detail(
        self, of: str, site: Site | None, channel: Channel, first: str, second: str, **more: Any
    ) -> Slot:
        tallies = self._open()
        key = (of, *((id(site[0]), site[1]) if site else (0, 0)), channel, first, second)
        return tallies.known(key) or tallies.slot(
            key,
            {
                "of": of,
                **_place(site),
                "channel": str(channel),
                "first": first,
                "second": second,
                **more,
            },
        )

    def _payload(self, site: Site | None, channel: Channel, payload: tuple[int, int, int]) -> None:
        times = self._payloads.pop(payload, 0) + 1
        self._payloads[payload] = times
        if len(self._payloads) > _MOST:
            self._payloads.popitem(last=False)
        if times >= 2:
            kind = "a payload"
            slot = self._detail("again", site, channel, kind, f"{payload[0]:x}", size=payload[1])
            slot.add(2 if times == 2 else 1, payload[1] * (2 if times == 2 else 1))

    def _object(self, site: Site | None, channel: Channel, sent: Any, size: int) -> None:
        known = self._objects.pop(id(sent), None)
        if known is not None and known[0]() is sent:
            reference, times = known[0], known[1] + 1
        else:
            try:
                reference, times = weakref.ref(sent), 1
            except TypeError:
                return
        self._objects[id(sent)] = (reference, times)
        if len(self._objects) > _MOST:
            self._objects.popitem(last=False)
        if times >= 2:
            name = _name(type(sent))
            slot = self._detail("again", site, channel, name, f"{id(sent):x}", size=size)
            slot.add(2 if times == 2 else 1, size * (2 if times == 2 else 1))


def _sent(root: Any) -> list[Any]:
    """What a message consists of, as its sender knows it: the arguments of a task, or the object itself."""
    if type(root) is tuple and len(root) == 5:
        parts = [*root[3], *root[4].values()] if type(root[3]) is tuple else []
        while len(parts) == 1 and type(parts[0]) in (tuple, list):  # chunks of Pool.map
            parts = list(parts[0])
    elif type(root).__name__ == "_CallItem":
        parts = [*root.args, *root.kwargs.values()]
    elif type(root) in (tuple, list):
        parts = list(root)
    elif type(root) is dict:
        parts = list(root.values())
    else:
        parts = [root]
    return [part for part in parts[:16] if type(part).__module__ not in _PLACELESS]


def _is_answer(root: Any) -> bool:
    """Whether a worker sends this back (or a pool says that there is no more), by no line of the program's."""
    kind = type(root)
    if kind is tuple:
        return len(root) == 3 and type(root[0]) is int and type(root[2]) is tuple
    return root is None or kind.__name__ == "_ResultItem"


def _what(root: Any) -> str:
    if _is_answer(root):
        return "results of tasks"
    if type(root) is tuple and len(root) == 5:
        return "a task of a pool"
    return "a task of an executor" if type(root).__name__ == "_CallItem" else _name(type(root))


def _name(cls: type) -> str:
    module = cls.__module__
    return cls.__qualname__ if module == "builtins" else f"{module}.{cls.__qualname__}"


def _place(site: Site | None) -> dict[str, Any]:
    if site is None:
        return {"file": "", "line": 0, "function": ""}
    code, line = site
    return {"file": code.co_filename, "line": line, "function": code.co_qualname}


_patches = Patches()


def start(folder: str) -> None:
    """Counts every crossing of this process, into a file of its own in this folder."""
    if crossing.meter is not None:
        return
    crossing.meter = Meter(folder)
    tasks.start()
    import anypickle

    for name in ("dumps", "dump"):
        _patches.attribute(anypickle, name, _counted(getattr(anypickle, name)))
    _shared_queues.start()


def stop() -> None:
    """Counts no more."""
    crossing.meter = None
    tasks.stop()
    _shared_queues.stop()
    _patches.revert()


def _in_shared_queues(shared: ModuleType) -> None:
    def dumps(obj: Any, *args: Any, **options: Any) -> bytes:
        with crossing.measured(Channel.TASK, obj):
            return _core.dumps(obj, *args, **options)

    set_codec = importlib.import_module("anypickle._shm").set_codec
    set_codec(dumps, _core.loads)
    _patches.call(lambda: set_codec(_core.dumps, _core.loads))


_shared_queues = PostImport({"anypickle.shared": _in_shared_queues})


def _counted(stock: Any) -> Any:
    @functools.wraps(stock)
    def counted(obj: Any, *args: Any, **options: Any) -> Any:
        channel = options.get("channel") or Channel.BYTES
        with crossing.measured(Channel(channel), obj):
            return stock(obj, *args, **options)

    return counted


def _after_fork() -> None:
    if crossing.meter is not None:
        crossing.meter.forget()
        crossing.measure_anew()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork)
