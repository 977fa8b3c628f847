"""What a process is given as arguments: a lock, an event or a condition among them is the caller's own on both sides.

A lock that an object owns guards that object, and a copy of the object gets a lock of its own. A lock that is an
argument (by itself, or in a list, tuple or dict) was meant to exclude the others who have it. So while the process
starts, a loan stands in its place (`anypickle.shared.loans`): the child gets that under every start method, the caller
keeps what it had.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any

from anypickle.channels.promotion import given_to
from anypickle.shared import loans

__all__ = ["lent_arguments"]


@contextmanager
def lent_arguments(process: BaseProcess) -> Iterator[None]:
    """Puts loans in the place of what can be lent, for the time in which `process` starts."""
    with loans.kept_open():
        yield from _lent_while_starting(process)


def _lent_while_starting(process: BaseProcess) -> Iterator[None]:
    given = given_to(process)
    stand_ins: dict[int, Any] = {}
    replaced = {
        name: stand_in
        for name, value in given.items()
        if (stand_in := _with_loans(value, stand_ins)) is not value
    }
    if not replaced:
        yield
        return
    vars(process).update(replaced)
    try:
        yield
        loans.lent_to(process.sentinel)
    finally:
        for name, stand_in in replaced.items():
            if vars(process).get(name) is stand_in:
                vars(process)[name] = given[name]


def _with_loans(obj: Any, stand_ins: dict[int, Any]) -> Any:
    """`obj` itself, or what the child gets in its place. One object has one stand-in."""
    if id(obj) in stand_ins:
        return stand_ins[id(obj)]
    kind = type(obj)
    if loans.kind_of(obj) is not None:
        made: Any = loans.stand_in(*loans.lend(obj))
    elif kind is list or kind is tuple:
        parts = [_with_loans(part, stand_ins) for part in obj]
        made = obj if all(map(_is, parts, obj)) else kind(parts)
    elif kind is dict:
        values = [_with_loans(part, stand_ins) for part in obj.values()]
        made = obj if all(map(_is, values, obj.values())) else dict(zip(obj, values, strict=True))
    elif kind is functools.partial:
        arguments = _with_loans((obj.args, obj.keywords), stand_ins)
        made = (
            obj
            if arguments[0] is obj.args and arguments[1] is obj.keywords
            else (functools.partial(obj.func, *arguments[0], **arguments[1]))
        )
    else:
        return obj
    stand_ins[id(obj)] = made
    return made


def _is(one: Any, other: Any) -> bool:
    return one is other
