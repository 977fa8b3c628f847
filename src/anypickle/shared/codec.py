"""What pickles the items of shared queues: anypickle's own codec, set on first import."""

from __future__ import annotations

from anypickle import _core, _shm
from anypickle.reducers import hand_over
from anypickle.shared.handover import reduce_in_queue

__all__ = ["install_codec"]


def install_codec() -> None:
    """Makes queues use anypickle's pickler, and pass a `queue.Queue` on as one for both sides."""
    _shm.set_codec(_core.dumps, _core.loads)
    hand_over.append(reduce_in_queue)
