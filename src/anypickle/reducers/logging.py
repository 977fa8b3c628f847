"""Loggers and handlers.

A logger that `logging.getLogger` knows crosses by its name, as stock pickle has it; one that was made by hand crosses
with its level, handlers and filters. A handler crosses with its settings and a lock of its own. What it writes to is
opened again at its first record: files to append, sockets to connect; the standard streams are those of the other side.
"""

from __future__ import annotations

import fcntl
import logging
import os
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, Scope
from anypickle.reducers._instances import bare
from anypickle.registry import Reduced, recipe

_RECONNECTED = ("sock", "socket")


@recipe(
    "logging:Handler",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    subclasses=True,
    meaning="a handler with the same settings; files are opened to append and sockets connected at its first record",
)
def _reduce_handler(handler: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = {**vars(handler)}
    state.pop("lock", None)
    for name in _RECONNECTED:
        if name in state:
            state[name] = None
    if isinstance(handler, logging.FileHandler):
        if handler.stream is not None:
            handler.flush()
            _append(handler.stream)
        state.update(stream=None, mode="a" + handler.mode.strip("awx"), delay=True)
    return _rebuild.reduced("logging:handler", type(handler), state=state)


def handler(cls: type) -> Any:
    """A handler with a lock of its own that `logging.shutdown` knows; its state brings the rest."""
    made = bare(cls)
    made._name = None
    made.createLock()
    logging._addHandlerRef(made)  # type: ignore[attr-defined]
    return made


@recipe(
    "logging:_StderrHandler",
    policy=Policy.REFERENCE,
    meaning="the handler of last resort over there",
)
def _reduce_last_resort(handler: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if handler is logging.lastResort:
        return _rebuild.reduced("logging:last_resort")
    return _reduce_handler(handler, policy, crossing)


def last_resort() -> Any:
    """`logging.lastResort` of this process."""
    return logging.lastResort


@recipe(
    "logging:Logger",
    policy=Policy.REFERENCE,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="the logger of that name over there; one made by hand crosses with its handlers",
)
def _reduce_logger(logger: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if policy is Policy.REFERENCE and _known(logger):
        reduced: Reduced = logger.__reduce__()
        return reduced
    state = {
        k: v for k, v in vars(logger).copy().items() if k not in ("manager", "_cache", "parent")
    }
    if not _known(logger):
        state["parent"] = logger.parent
    return _rebuild.reduced("logging:logger", type(logger), logger.name, state=state)


def logger(cls: type, name: str) -> Any:
    """A logger that `getLogger` does not know; its state brings level, handlers and filters."""
    made = bare(cls)
    logging.Logger.__init__(made, name)
    return made


@recipe(
    "logging:LogRecord",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the same record, with the text of its exception's traceback",
)
def _reduce_record(record: Any, policy: Policy, crossing: Crossing) -> Reduced:
    reduced: Any = object.__reduce_ex__(record, 4)
    if not record.exc_info or record.exc_text:
        return reduced  # type: ignore[no-any-return]
    text = logging.Formatter().formatException(record.exc_info)
    return (*reduced[:2], {**reduced[2], "exc_text": text}, *reduced[3:])


def _append(stream: Any) -> None:
    """Lets the original append as well, so that it does not write over what the copy has written since."""
    try:
        flags = fcntl.fcntl(stream.fileno(), fcntl.F_GETFL)
        fcntl.fcntl(stream.fileno(), fcntl.F_SETFL, flags | os.O_APPEND)
    except (OSError, ValueError, AttributeError):
        return  # not a file of the system's, or closed


def _known(logger: Any) -> bool:
    if isinstance(logger, logging.RootLogger):
        return logger is logging.root
    return logging.root.manager.loggerDict.get(logger.name) is logger
