"""Locks, conditions, events and queues of one process, used by others.

A `threading.Lock` is a C object: it can't become another one. So who was handed one asks the process that made it:
each thread over there has a line (a Unix socket) to a thread here, which calls the object's methods on its behalf.
What that thread acquires it holds for the other side; so both sides exclude each other, and what `threading`
promises about owners holds.

    loan = lend(lock)       # here; starts a thread that opens the door
    lock = borrow(*loan)    # there: acquire, release, with

A process that dies loses its lines, and the threads here give back what they held for it. The door is closed when
every process that was started with a loan has ended and no line is left.

`door` is the side that lends, `line` one conversation, `borrowed` the side that asks.
"""

from __future__ import annotations

from anypickle.shared.loans.borrowed import borrow, stand_in
from anypickle.shared.loans.door import (
    Loan,
    kept_open,
    kind_of,
    lend,
    lend_for_good,
    lent_to,
    withdraw,
)

__all__ = [
    "Loan",
    "borrow",
    "kept_open",
    "kind_of",
    "lend",
    "lend_for_good",
    "lent_to",
    "stand_in",
    "withdraw",
]
