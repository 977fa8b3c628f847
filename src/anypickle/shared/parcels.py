"""What a promoted queue carries: each item twice, as bytes for the other processes and as it is for this one.

Most queues are a program's own before they are handed to a process, and its threads count on getting the very objects
that they put: a request with the `Future` that its sender waits for, a socket. So who takes an item out in the process
that put it gets that item, and only other processes get a copy. An item that can't cross still passes between the
threads here; a process that takes it out gets the error, and whoever put it was warned.

Invariant: kept here are those of our items that may still be in the queue. One that hands them out in the order in
which they came has at most as many of ours as it holds, and a few more are kept for those that are on their way out;
of the others we remember the names of the messages (`PileParcels`).
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
from anypickle.shared.queues import LifoQueue, PriorityQueue, Queue

__all__ = ["Parcels", "PileParcels", "RankedParcels"]

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
        self._kept[number] = item
        try:
            self._send(number, item, block, timeout)
        except BaseException:
            self.claim(number)
            raise
        self._forget_old()

    def _send(self, number: int, item: Any, block: bool, timeout: float | None) -> None:
        self._transport.put(self._packed(number, item), block, timeout)

    def _packed(self, number: int, item: Any) -> Any:
        plain = type(item) in _ATOMS or _is_plain(item)
        return (self._home, number, item) if plain else _Parcel(self, number, item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Gets one item.

        Raises:
            TypeError: It was put in another process and can't cross.
        """
        if self._pid != os.getpid():
            self._settle_in()
        return self._unpacked(self._transport.get(block, timeout))

    def _unpacked(self, parcel: Any) -> Any:
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

    def own(self, number: int) -> Any:
        """Our own item of that number, which stays."""
        return self._kept[number]

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


class PileParcels(Parcels):
    """Those of a `LifoQueue`: what was put first may stay in it longest."""

    _transport: LifoQueue | PriorityQueue

    def _settle_in(self) -> None:
        super()._settle_in()
        self._names: dict[int, tuple[int, int]] = {}
        self._look_at = _ON_THEIR_WAY

    def _send(self, number: int, item: Any, block: bool, timeout: float | None) -> None:
        parcel = self._packed(number, item)
        self._names[number] = self._transport._put_ranked(parcel, item, block, timeout)

    def claim(self, number: int, otherwise: Any = None) -> Any:
        """Our own item of that number, if it is still kept."""
        self._names.pop(number, None)
        return super().claim(number, otherwise)

    def _forget_old(self) -> None:
        """Looks whether they are there when there are twice as many as last time."""
        if len(self._names) < self._look_at:
            return
        for number, name in list(self._names.items()):
            if number not in self._kept or not self._transport._has(*name):
                self.claim(number)
        self._look_at = max(_ON_THEIR_WAY, 2 * len(self._names))


class RankedParcels(PileParcels):
    """Those of a `PriorityQueue`, which come in the order of their items."""

    _transport: PriorityQueue

    def _packed(self, number: int, item: Any) -> Any:
        plain = type(item) in _ATOMS or _is_plain(item)
        return (item, number, self._home) if plain else _RankedParcel(self, number, item)

    def _unpacked(self, parcel: Any) -> Any:
        if isinstance(parcel, _Arrived):
            return parcel.taken()
        item, number, home = parcel
        return self.claim(number, item) if home == self._home else item


class _Parcel:
    """Stands for an item while the shared queue pickles: so shared objects in the item are kept by the queue."""

    __slots__ = ("_item", "_number", "_parcels")

    def __init__(self, parcels: Parcels, number: int, item: Any) -> None:
        self._parcels, self._number, self._item = parcels, number, item

    def __reduce__(self) -> tuple[Any, ...]:
        return _open, self._parcels.pack(self._number, self._item)


class _ByItem:
    """Is less or greater than others as its item is."""

    __slots__ = ()

    def item(self) -> Any:
        """The item itself where it was put, a copy elsewhere."""
        raise NotImplementedError

    def __lt__(self, other: Any) -> bool:
        return bool(self.item() < _item_of(other))

    def __gt__(self, other: Any) -> bool:  # what `other < self` asks if `other` is plain
        return bool(_item_of(other) < self.item())


def _item_of(parcel: Any) -> Any:
    return parcel.item() if isinstance(parcel, _ByItem) else parcel[0]


class _RankedParcel(_Parcel, _ByItem):
    """A `_Parcel` for a queue that compares: what arrives is opened only if need be."""

    __slots__ = ()

    def item(self) -> Any:
        return self._item

    def __reduce__(self) -> tuple[Any, ...]:
        return _Arrived, self._parcels.pack(self._number, self._item)


class _Arrived(_ByItem):
    __slots__ = ("_data", "_opened")

    def __init__(self, *data: Any) -> None:
        self._data = data
        self._opened: list[Any] = []

    def item(self) -> Any:
        if not self._opened:
            home, number, *_ = self._data
            parcels = _homes.get(home)
            if parcels is not None and parcels.keeps(home, number):
                return parcels.own(number)
            self._opened.append(_open(*self._data)[0])
        return self._opened[0]

    def taken(self) -> Any:
        """The item, which is no longer in the queue."""
        return self._opened[0] if self._opened else _open(*self._data)[0]


def _open(home: bytes, number: int, data: bytes | str, buffers: list[Any]) -> tuple[Any]:
    """The item itself where it was put, a copy elsewhere."""
    parcels = _homes.get(home)
    if parcels is not None and parcels.keeps(home, number):
        return (parcels.claim(number),)
    if isinstance(data, str):
        raise TypeError(data)
    return (_core.loads(data, buffers=buffers),)


_homes: weakref.WeakValueDictionary[bytes, Parcels] = weakref.WeakValueDictionary()
