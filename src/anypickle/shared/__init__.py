"""Queues, locks and arrays in shared memory: `threading`'s and `queue`'s, between processes as well.

    from anypickle.shared import Lock, Queue

    queue = Queue()
    Process(target=work, args=(queue,)).start()     # or through a pool, a pipe, another queue
    queue.put(item)                                 # when it returns, the item is there

Making the first object makes the shared memory: an anonymous file that vanishes with the last process that has it.
No thread, no name in the file system, no helper process.
"""

from __future__ import annotations

from anypickle.shared.arrays import SharedBuffer, share
from anypickle.shared.barrier import Barrier
from anypickle.shared.codec import install_codec
from anypickle.shared.condition import Condition
from anypickle.shared.errors import (
    DamagedError,
    Empty,
    Full,
    GoneError,
    OwnerDiedWarning,
    ShutDown,
)
from anypickle.shared.locks import BoundedSemaphore, Event, Lock, RLock, Semaphore
from anypickle.shared.queues import LifoQueue, PriorityQueue, Queue, SimpleQueue

__all__ = [
    "Barrier",
    "BoundedSemaphore",
    "Condition",
    "DamagedError",
    "Empty",
    "Event",
    "Full",
    "GoneError",
    "LifoQueue",
    "Lock",
    "OwnerDiedWarning",
    "PriorityQueue",
    "Queue",
    "RLock",
    "Semaphore",
    "SharedBuffer",
    "ShutDown",
    "SimpleQueue",
    "share",
]

install_codec()
