"""Processes: one that was not started crosses with what it would run, and becomes a child of who starts it.

While multiprocessing starts a process, that process's own object goes as multiprocessing has it.
"""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import as_stock, bare, rest
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

__all__ = ["process"]

_OF_A_PARENT = frozenset(
    {"_identity", "_config", "_parent_pid", "_parent_name", "_popen", "_closed"}
)


@recipe(
    "multiprocessing.process:BaseProcess",
    policy=Policy.COPY,
    subclasses=True,
    meaning="a process that is still to be started; one that was started is refused",
)
def _reduce_process(found: Any, policy: Policy, crossing: Crossing) -> Reduced:
    from multiprocessing import context

    if context.get_spawning_popen() is not None:
        return as_stock(found)
    if getattr(found, "_popen", None) is not None or "_target" not in vars(found):
        refuse(
            found,
            "it was started, and only its parent can wait for it",
            hint="pass its pid, or what it is to be told",
        )
    state = rest(found, _OF_A_PARENT)
    return _rebuild.reduced("processes:process", type(found), found.daemon, state=state)


def process(cls: type, daemon: bool) -> Any:
    """A process that its state tells what to run."""
    from multiprocessing.process import BaseProcess

    made = bare(cls)
    BaseProcess.__init__(made)
    made.daemon = daemon
    return made


@recipe(
    "multiprocessing.connection:Connection",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it is a number of this process: give it to a process in its arguments, or send it through a queue or pipe",
)
@recipe(
    "multiprocessing.heap:Arena",
    policy=Policy.REFUSE,
    meaning="it is shared with the processes that it is given to: pass it in the arguments of a Process",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
