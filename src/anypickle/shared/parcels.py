"""What a promoted queue carries: each item twice, as bytes for the other processes and as it is for this one.

Most queues are a program's own before they are handed to a process, and its threads count on getting the very objects
that they put: a request with the `Future` that its sender waits for, a socket. So who takes an item out in the process
that put it gets that item, and only other processes get a copy. An item that can't cross still passes between the
threads here; a process that takes it out gets the error, and whoever put it was warned.

Invariant: kept here are those of our items that may still be in the queue. It hands them out in the order in which
they came; so of ours at most as many are kept as it holds, and a few for those that are on their way out.
"""

from __future__ import annotations

import itertools
import os
import warnings
import weakref
from collections import OrderedDict
from typing import Any

from anypickle import _core
from anypickle.crossing import crossing
from anypickle.policy import Channel, PolicyWarning
from anypickle.shared.queues import Queue

__all__ = ["Parcels"]

_ON_THEIR_WAY = 64
_ATOMS = frozenset({type(None), bool, int, float, str, bytes})
_CONTAINERS = frozenset({tuple, list, dict})
_MOST_PARTS = 32


def _is_plain(item: Any, depth: int = 3) -> bool:
    """Whether it is small and of values only, which are the same wherever they are: it needs no packing."""
    kind = type(item)
    if kind in _ATOMS:
        return True
    if kind not in _CONTAINERS or depth == 0 or len(item) > _MOST_PARTS:
        return False
    if kind is dict:
        if not _ATOMS.issuperset(map(type, item)):
            return False
        item = item.values()
    return all(type(part) in _ATOMS or _is_plain(part, depth - 1) for part in item)


class Parcels:
    """This process's side of a shared queue."""

    def __init__(self, transport: Queue) -> None:
        self._transport = transport
        self._warned = False
        self._pid = 0
        self._settle_in()

    def _settle_in(self) -> None:
        """Begins anew: the first time, and in a child that was forked, whose parent has what is kept."""
        self._pid = os.getpid()
        self._home = os.urandom(8)
        self._numbers = itertools.count()
        self._kept: OrderedDict[int, Any] = OrderedDict()
        _homes[self._home] = self

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Puts one item, for whoever gets it."""
        if self._pid != os.getpid():
            self._settle_in()
        number = next(self._numbers)
        plain = type(item) in _ATOMS or _is_plain(item)
        parcel = (self._home, number, item) if plain else _Parcel(self, number, item)
        self._kept[number] = item
        try:
            self._transport.put(parcel, block, timeout)
        except BaseException:
            self._kept.pop(number, None)
            raise
        self._forget_old()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Gets one item.

        Raises:
            TypeError: It was put in another process and can't cross.
        """
        if self._pid != os.getpid():
            self._settle_in()
        parcel = self._transport.get(block, timeout)
        if len(parcel) == 1:
            return parcel[0]
        home, number, item = parcel
        return self.claim(number, item) if home == self._home else item

    def claim(self, number: int, otherwise: Any = None) -> Any:
        """Our own item of that number, if it is still kept."""
        return self._kept.pop(number, otherwise)

    def keeps(self, home: bytes, number: int) -> bool:
        """Whether the item of that number and home is here as it is."""
        return home == self._home and number in self._kept

    def pack(self, number: int, item: Any) -> tuple[Any, ...]:
        """What is written for an item, while the shared queue looks on and keeps what the item refers to."""
        buffers: list[Any] = []
        data: bytes | str
        try:
            with crossing(Channel.TASK, root=item, arms=True):
                data = _core.dumps(item, 5, buffer_callback=buffers.append)
        except Exception as error:
            self._warn(error)
            data = f"an item of this queue could not leave the process that put it: {error}"
            buffers = []
        return self._home, number, data, buffers

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"an item that was put into a queue of several processes can't leave this one: {error}",
                PolicyWarning,
                stacklevel=6,
            )

    def _forget_old(self) -> None:
        most = self._transport.qsize() + _ON_THEIR_WAY
        while len(self._kept) > most:
            try:
                self._kept.popitem(last=False)
            except KeyError:
                return  # another thread was here


class _Parcel:
    """Stands for an item while the shared queue pickles: so shared objects in the item are kept by the queue."""

    __slots__ = ("_item", "_number", "_parcels")

    def __init__(self, parcels: Parcels, number: int, item: Any) -> None:
        self._parcels, self._number, self._item = parcels, number, item

    def __reduce__(self) -> tuple[Any, ...]:
        return _open, self._parcels.pack(self._number, self._item)


def _open(home: bytes, number: int, data: bytes | str, buffers: list[Any]) -> tuple[Any]:
    """The item itself where it was put, a copy elsewhere."""
    parcels = _homes.get(home)
    if parcels is not None and parcels.keeps(home, number):
        return (parcels.claim(number),)
    if isinstance(data, str):
        raise TypeError(data)
    return (_core.loads(data, buffers=buffers),)


_homes: weakref.WeakValueDictionary[bytes, Parcels] = weakref.WeakValueDictionary()
