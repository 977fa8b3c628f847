"""Making an object of this process one thing for it and the processes that it is handed to."""

from __future__ import annotations

from typing import Any

from anypickle import _shm

__all__ = ["promote", "reduce_in_queue", "reduce_shared"]


def reduce_shared(obj: Any) -> tuple[Any, ...] | None:
    """The reduce value of `obj` as the same thing on both sides: promoted, else lent; None if it can be neither."""
    from anypickle.shared import loans, promoted, promoted_threading

    if promoted.can_promote(type(obj)):
        promoted.promote(obj)
        reduced: tuple[Any, ...] = obj.__reduce_ex__(5)
        return reduced
    if promote(obj):
        return promoted_threading.reduce(obj)
    if loans.kind_of(obj) is not None:
        return loans.borrow, loans.lend_for_good(obj)
    return None


def promote(obj: Any) -> bool:
    """Makes a lock, or what `threading` makes of locks, one thing for all processes; False if it can only be lent.

    Where no shared memory is to be had it is lent, too.
    """
    from anypickle.shared import promoted_threading

    if not promoted_threading.can_promote(obj):
        return False
    try:
        promoted_threading.promote(obj)
    except (OSError, MemoryError):
        return False
    return True


def reduce_in_queue(obj: Any) -> tuple[Any, ...] | None:
    """The same for what goes into a shared queue: a `queue.Queue` that is sent to somebody is meant for his answers.

    So is a lock that this process was handed itself; one of its own arrives as a fresh one.
    """
    if not _shm.putting():
        return None
    from anypickle.shared import promoted, promoted_threading

    is_meant = promoted.can_promote(type(obj)) or promoted_threading.came_from_elsewhere(obj)
    return reduce_shared(obj) if is_meant else None
