"""Futures and executors.

A future that is done crosses with its result or exception; one that is not would never be done over there, and is
refused. An executor crosses as a new one with the same settings that has started nothing; its work stays here.
"""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, PolicyWarning
from anypickle.reducers._instances import bare, rest
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe


@recipe(
    "concurrent.futures._base:Future",
    policy=Policy.COPY,
    subclasses=True,
    meaning="a future that is done, with the same result or exception; one that is not done is refused",
)
def _reduce_future(future: Any, policy: Policy, crossing: Crossing) -> Reduced:
    from concurrent.futures import Future

    if not future.done():
        refuse(
            future,
            "it is not done, and would never be on the other side",
            hint="wait for it and pass future.result()",
        )
    state = rest(future, vars(Future())) or {}
    state.update(_state=future._state, _result=future._result, _exception=future._exception)
    return _rebuild.reduced("futures:future", type(future), state=state)


def future(cls: type) -> Any:
    """A future that its state completes."""
    from concurrent.futures import Future

    made = bare(cls)
    Future.__init__(made)
    return made


@recipe(
    "concurrent.futures.thread:ThreadPoolExecutor",
    policy=Policy.FRESH,
    subclasses=True,
    meaning="an executor with the same settings that has started nothing; its work stays here",
)
def _reduce_threads(executor: Any, policy: Policy, crossing: Crossing) -> Reduced:
    from concurrent.futures import ThreadPoolExecutor

    if not executor._work_queue.empty():
        _warn_of_work(executor, crossing)
    settings = {
        "max_workers": executor._max_workers,
        "thread_name_prefix": executor._thread_name_prefix,
    }
    names = ("_initializer", "_initargs", "_create_worker_context")
    return _rebuild.reduced(
        "futures:threads",
        type(executor),
        settings,
        executor._shutdown,
        state=_with(executor, ThreadPoolExecutor(1), names),
    )


def threads(cls: type, settings: dict[str, Any], is_shut_down: bool) -> Any:
    """A ThreadPoolExecutor without threads; its state brings the initializer."""
    from concurrent.futures import ThreadPoolExecutor

    made = bare(cls)
    ThreadPoolExecutor.__init__(made, **settings)
    made._shutdown = is_shut_down
    return made


@recipe(
    "concurrent.futures.process:ProcessPoolExecutor",
    policy=Policy.FRESH,
    subclasses=True,
    meaning="an executor with the same settings that has started nothing; its work stays here",
)
def _reduce_processes(executor: Any, policy: Policy, crossing: Crossing) -> Reduced:
    from concurrent.futures import ProcessPoolExecutor

    if executor._pending_work_items:
        _warn_of_work(executor, crossing)
    settings = {
        "max_workers": executor._max_workers,
        "max_tasks_per_child": executor._max_tasks_per_child,
    }
    return _rebuild.reduced(
        "futures:processes",
        type(executor),
        executor._mp_context.get_start_method(),
        settings,
        bool(executor._shutdown_thread),
        state=_with(executor, ProcessPoolExecutor(1), ("_initializer", "_initargs")),
    )


def processes(cls: type, method: str, settings: dict[str, Any], is_shut_down: bool) -> Any:
    """A ProcessPoolExecutor without processes; its state brings the initializer."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    made = bare(cls)
    context = multiprocessing.get_context(method)
    ProcessPoolExecutor.__init__(made, mp_context=context, **settings)
    made._shutdown_thread = is_shut_down
    return made


def _with(executor: Any, fresh: Any, names: tuple[str, ...]) -> dict[str, Any] | None:
    """The named attributes, and those that a fresh executor has not."""
    fresh.shutdown()
    return rest(executor, set(vars(fresh)).difference(names))


def _warn_of_work(executor: Any, crossing: Crossing) -> None:
    crossing.warn(
        PolicyWarning, executor, "the work that it was given and has not begun stays here"
    )
