"""Threads and what belongs to them.

A thread that was not started crosses with what it would run. One that has ended crosses as ended. One that runs is
refused: what it does goes on here. A `threading.local` crosses empty, as any new thread sees it; as `Policy.COPY` with
the values that this thread has in it, for the thread that rebuilds it.
"""

from __future__ import annotations

import _thread
import gc
import threading
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, Scope
from anypickle.reducers._instances import bare, rest
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

_HINT = "start it where it is to run: give the other side its target and arguments, or leave it out in __getstate__"
_NOT_THE_USERS = frozenset(vars(threading.Thread(name="-"))) - {"_target", "_args", "_kwargs"}
"""What `Thread.__init__` makes; the rest is the user's, or a subclass's such as Timer."""


@recipe(
    "threading:Thread",
    "threading:Timer",
    policy=Policy.COPY,
    scope=Scope.CLUSTER,
    subclasses=True,
    meaning="a thread that is still to be started, or that has ended; one that runs is refused",
)
def _reduce_thread(thread: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if not thread._initialized:
        refuse(thread, "Thread.__init__ was not called")
    if thread.is_alive():
        refuse(thread, f"the thread {thread.name!r} runs", hint=_HINT)
    ended = thread.ident if thread._started.is_set() else None
    return _rebuild.reduced(
        "threads:thread",
        type(thread),
        thread.name,
        thread.daemon,
        ended,
        state=rest(thread, _NOT_THE_USERS),
    )


def thread(cls: type, name: str, daemon: bool, ended: int | None) -> Any:
    """A thread whose target and arguments are in its state; with an identity, one that has ended."""
    made = bare(cls)
    threading.Thread.__init__(made, name=name, daemon=daemon)
    if ended is not None:
        made._ident = ended
        made._started.set()
        for name in ("_handle", "_os_thread_handle"):  # as of Python 3.13, as of 3.14
            if hasattr(made, name):
                handle = _thread._make_thread_handle(ended)  # type: ignore[attr-defined]
                handle._set_done()
                setattr(made, name, handle)
                return made
        made._is_stopped = True
    return made


@recipe("threading:_MainThread", policy=Policy.REFERENCE, meaning="the main thread over there")
def _reduce_main_thread(thread: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("threads:main_thread")


def main_thread() -> threading.Thread:
    """The main thread of this process."""
    return threading.main_thread()


@recipe(
    threading.local,
    policy=Policy.FRESH,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="an empty one, as a new thread sees it",
)
def _reduce_local(local: Any, policy: Policy, crossing: Crossing) -> Reduced:
    args, keywords = _made_with(local)
    state = vars(local) if policy is Policy.COPY else None
    return _rebuild.reduced("threads:local", type(local), args, keywords, state=state or None)


def _made_with(local: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What `__init__` of a subclass is called with in each thread; only the garbage collector sees it."""
    _, args, *more = gc.get_referents(local)
    keywords = more[0] if more and all(isinstance(key, str) for key in more[0]) else {}
    return args, keywords


def local(cls: type, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A thread's own data; a subclass's `__init__` runs for this thread as it does for each."""
    return cls(*args, **keywords)
