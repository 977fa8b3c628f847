"""What a process is given as arguments: a lock, an event or a condition among them is the caller's own on both sides.

A lock that an object owns guards that object, and a copy of the object gets a lock of its own. A lock that is an
argument (by itself, as a method of it, or in a list, tuple or dict) was meant to exclude the others who have it. So
it is moved to shared memory before the process starts, and the child gets that under every start method. One that
can't be moved (it is older than `install()`) is lent: while the process starts, a loan stands in its place
(`anypickle.shared.loans`), and the caller keeps what it had.

A queue is shared wherever it lies, and so is an event, which guards nothing and has no other use than to tell others.
What of these can't be moved is lent as well, and what a forked process finds in an object's attribute is replaced
there by its loan before the process does anything (`stand_ins`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any

from anypickle.channels import handing, stand_ins
from anypickle.channels.promotion import given_to
from anypickle.crossing import noted
from anypickle.policy import Policy
from anypickle.shared import loans
from anypickle.shared.handover import promote

__all__ = ["lent_arguments"]


@contextmanager
def lent_arguments(process: BaseProcess, held: Iterable[Any] = ()) -> Iterator[None]:
    """Puts loans in the place of what can be lent, for the time in which `process` starts.

    Args:
        process: Has not been started.
        held: Queues and events that it was given anywhere, and that can't be promoted.
    """
    with loans.kept_open():
        yield from _lent_while_starting(process, held)


def _lent_while_starting(process: BaseProcess, held: Iterable[Any]) -> Iterator[None]:
    given = given_to(process)
    lent = {id(found): _lent(found) for found in held if loans.kind_of(found) is not None}
    made = dict(lent)
    shared: dict[int, Any] = {}
    replaced = {
        name: stand_in
        for name, value in given.items()
        if (stand_in := _with_loans(value, made, shared)) is not value
    }
    vars(process).update(replaced)
    try:
        with handing.handed(shared), stand_ins.put_in_after_fork(process, lent):
            yield
        if replaced or lent:
            loans.lent_to(process.sentinel)
    finally:
        for name, stand_in in replaced.items():
            if vars(process).get(name) is stand_in:
                vars(process)[name] = given[name]


def _lent(obj: Any) -> Any:
    return loans.stand_in(*loans.lend(obj))


def _with_loans(obj: Any, made: dict[int, Any], shared: dict[int, Any]) -> Any:
    """`obj` itself, or what the child gets in its place. One object has one stand-in, and what is promoted none."""
    if id(obj) in made:
        return made[id(obj)]
    if promote(obj):
        shared[id(obj)] = stand_in = obj
        noted(f"{type(obj).__module__}:{type(obj).__qualname__}", Policy.SHARED)
    elif loans.kind_of(obj) is not None:
        stand_in = _lent(obj)
    else:
        made[id(obj)] = obj  # what holds itself is not followed round
        replace = functools.partial(_with_loans, made=made, shared=shared)
        stand_in = stand_ins.rebuilt(obj, replace)
    made[id(obj)] = stand_in
    return stand_in
