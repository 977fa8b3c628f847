"""What to do about an object that can't cross: one table, one row for each kind. Findings are data.

A row is found by the qualified name of a class of the object (the nearest one that has a row), else by what the error
says. To add a kind: add a row, a section of the same name in docs/findings.md, and a graph in its test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from anypickle.explain.fixes import class_expression
from anypickle.explain.words import module_of, mro_of, name_of, said

__all__ = ["GENERAL", "ROWS", "Hint", "hint_for"]


@dataclass(frozen=True, slots=True)
class Hint:
    """What is known of a kind of blocker."""

    name: str
    """Of the detector, and of its section in docs/findings.md."""
    types: tuple[str, ...]
    """`module.qualname` of classes."""
    says: str
    """Why it can't cross, in a sentence."""
    fix: str
    """What to do. What stands between backticks is code, in which {cls} is the class of the object."""
    error: str = ""
    """A pattern in the error's text, for what its type does not tell."""

    def fix_for(self, obj: Any) -> str:
        """The fix, with the class of an object in its code."""
        return self.fix.replace("{cls}", class_expression(type(obj)))


ROWS: tuple[Hint, ...] = (
    Hint(
        "running-thread",
        ("threading.Thread", "_thread._ThreadHandle"),
        "A running thread lives in its own process.",
        "start it on the other side: pass its target and arguments",
    ),
    Hint(
        "generator",
        ("builtins.generator", "types.GeneratorType"),
        "A generator is a suspended computation; its frame can't be written down.",
        "pass the function and its arguments and call it on the other side, or pass `list(generator)`",
    ),
    Hint(
        "coroutine",
        ("builtins.coroutine", "builtins.async_generator", "_asyncio.Task", "_asyncio.Future"),
        "It belongs to an event loop of this process.",
        "pass the coroutine function and its arguments, and await it on the other side",
    ),
    Hint(
        "event-loop",
        ("asyncio.base_events.BaseEventLoop",),
        "An event loop belongs to the thread that runs it.",
        "call `asyncio.run(main())` on the other side",
    ),
    Hint(
        "frame",
        ("builtins.frame", "builtins.traceback"),
        "A frame is a running computation of this process.",
        "pass `traceback.format_exc()`, or the error, whose traceback crosses with it",
    ),
    Hint(
        "socket",
        ("_socket.socket", "ssl.SSLSocket", "select.epoll", "select.poll"),
        "A connection belongs to the process that opened it.",
        "pass `sock.getpeername()`, and connect on the other side: `socket.create_connection(address)`",
    ),
    Hint(
        "process",
        ("subprocess.Popen", "multiprocessing.process.BaseProcess", "asyncio.subprocess.Process"),
        "A child process can only be waited for by its parent.",
        "pass its pid, or what it is to be told",
    ),
    Hint(
        "database",
        ("sqlite3.Cursor", "sqlite3.Blob", "psycopg.Connection", "psycopg2.extensions.connection"),
        "A cursor belongs to its connection, and the connection to this process.",
        "pass the rows, `cursor.fetchall()`, or the query and what it needs, and connect on the other side",
    ),
    Hint(
        "pointer",
        ("_ctypes._Pointer", "_ctypes.CFuncPtr", "builtins.PyCapsule"),
        "It is an address in the memory of this process.",
        "pass what it points to, `pointer.contents`, or load the library on the other side",
        error=r"ctypes objects containing pointers",
    ),
    Hint(
        "file",
        ("_io._IOBase",),
        "An open file without a name can't be opened again.",
        "pass the path and open it on the other side, or pass what it holds: `file.read()`",
    ),
    Hint(
        "executor",
        ("concurrent.futures._base.Executor", "multiprocessing.pool.Pool"),
        "A pool's workers are children of this process.",
        "make the pool on the other side",
    ),
    Hint(
        "future",
        ("concurrent.futures._base.Future",),
        "What it will hold is being computed in this process.",
        "pass `future.result()`",
    ),
    Hint(
        "lock",
        (
            "_thread.lock",
            "_thread.RLock",
            "threading.Condition",
            "threading.Event",
            "threading.local",
        ),
        "A lock guards the memory of this process.",
        "`anypickle.install()` lets it cross as a fresh one; `anypickle.Lock()` is one for several processes",
    ),
    Hint(
        "digest",
        ("_hashlib.HASH", "_hashlib.HMAC", "hmac.HMAC"),
        "A digest under way keeps its state in the library that computes it.",
        "pass `digest.digest()`, or the data",
    ),
    Hint(
        "inheritance",
        ("multiprocessing.process.AuthenticationString",),
        "It belongs to this process and to the children that multiprocessing gives it to.",
        "give it to a Process, or to a pool as an argument of its initializer; or use "
        "`anypickle.Queue()` and `anypickle.Lock()`, which cross in any way",
        error=r"through inheritance",
    ),
    Hint(
        "not-found",
        (),
        "The other side looks it up by its name, and there it is not, or is another one.",
        "give its module that name, or register a reducer: "
        "`anypickle.register({cls}, lambda it: (make, (arguments,)))`",
        error=r"not found as|not the same object|attribute lookup|[Cc]an't (?:get|pickle) local|No module named",
    ),
    Hint(
        "no-reduce",
        (),
        "Its class is written in C and says nothing of how to rebuild it.",
        "register a reducer: `anypickle.register({cls}, lambda it: (make, (arguments,)))`",
        error=r"no default __reduce__|cannot pickle",
    ),
)

GENERAL = Hint(
    "unpicklable",
    (),
    "It raised an error while it was pickled.",
    "register a reducer: `anypickle.register({cls}, lambda it: (make, (arguments,)))`, or leave it out in "
    "__getstate__ of its owner and make it again in __setstate__",
)

_BY_TYPE = {name: row for row in ROWS for name in row.types}


def hint_for(obj: Any, error: BaseException | None = None) -> Hint:
    """The row for an object that raised `error`."""
    for base in mro_of(type(obj)):
        row = _BY_TYPE.get(f"{module_of(base)}.{name_of(base)}")
        if row is not None:
            return row
    text = said(error) if error is not None else ""
    for row in ROWS:
        if row.error and re.search(row.error, text):
            return row
    return GENERAL
