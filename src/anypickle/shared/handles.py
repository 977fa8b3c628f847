"""How a shared object crosses: as a handle, through any pickler, at any time.

A handle is the arena's uuid, the block's number and generation, and where the arena can be had: the descriptor
itself while a process is being spawned (one for all handles), else the doors, which are pairs of pid and descriptor of
processes that have it. A process opens such a door only if the kernel lets it look into that process, which it does
for the same user; the 16 random bytes of the uuid lie in the arena, never in an argument or the environment.
"""

from __future__ import annotations

import os
from multiprocessing import context, reduction
from typing import Any, Protocol, TypeVar

from anypickle import _shm
from anypickle.shared.errors import GoneError

__all__ = ["attach", "handle_of", "reduce"]


class Shared(Protocol):
    """What a type of `_shm` offers to be handed over."""

    def _departing(self) -> tuple[bytes, int, int, bool]: ...


Kind = TypeVar("Kind")


def reduce(shared: Shared) -> tuple[Any, ...]:
    """The reduce value of a shared object."""
    return attach, (type(shared), *handle_of(shared))


def handle_of(shared: Shared) -> tuple[Any, ...]:
    """What `attach` needs to know beside the kind; the object is kept until that has been called with it."""
    uuid, number, generation, noted = shared._departing()
    if noted:  # it goes into a shared queue: whoever gets it from there has the arena
        return uuid, number, generation
    return uuid, number, generation, *_ways_in(uuid)


def attach(
    kind: type[Kind],
    uuid: bytes,
    number: int,
    generation: int,
    doors: list[tuple[int, int]] | None = None,
    descriptor: Any = None,
    *,
    extra: tuple[Any, ...] = (),
) -> Kind:
    """The object of that kind over the block that a handle names; joins its arena first if need be."""
    if doors is not None and not _shm.joined(uuid):
        _join(uuid, doors, descriptor)
    arriving = doors is not None
    made: Kind = kind._attach(uuid, number, generation, arriving, *extra)  # type: ignore[attr-defined]
    return made


def _ways_in(uuid: bytes) -> tuple[Any, ...]:
    """The doors, and while a process is being spawned the descriptor, once for each process."""
    popen = context.get_spawning_popen()
    doors = _shm.doors(uuid)
    if popen is None:
        return (doors,)
    sent = popen.__dict__.setdefault("_anypickle_arenas", {})
    if uuid not in sent:
        descriptor = _shm.descriptor(uuid)
        if descriptor < 0:  # the program has closed it
            return (doors,)
        sent[uuid] = reduction.DupFd(descriptor)
    return doors, sent[uuid]


def _join(uuid: bytes, doors: list[tuple[int, int]], descriptor: Any) -> None:
    if descriptor is not None:
        fd = descriptor.detach()
        try:
            if _shm.join(uuid, fd):
                return
        finally:
            os.close(fd)
    for pid, number in doors:
        fd = _shm.open_of_process(pid, number)
        if fd < 0:
            continue
        try:
            if _shm.join(uuid, fd):
                return
        finally:
            os.close(fd)
    pids = ", ".join(str(pid) for pid, _ in doors)
    raise GoneError(
        f"the shared memory of this object cannot be reached: of the processes that had it ({pids}) none is left, "
        "or this process may not look into them (another user, another machine or container)"
    )
