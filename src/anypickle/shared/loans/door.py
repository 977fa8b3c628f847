"""The side that lends: a socket, and the thread that lets borrowers in."""

from __future__ import annotations

import os
import queue
import secrets
import socket
import struct
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import AuthenticationError, connection
from typing import Any

from anypickle._locks import LOCK, RLOCK
from anypickle.shared.loans.line import Ledger, Line
from anypickle.shared.promoted import can_promote

__all__ = [
    "Loan",
    "at_home",
    "kept_open",
    "kind_of",
    "lend",
    "lend_for_good",
    "lent_to",
    "withdraw",
]

Loan = tuple[str, str, bytes, int]
"""Kind, address, key and number."""

_KINDS: dict[type, str] = {
    LOCK: "Lock",
    RLOCK: "RLock",
    threading.Condition: "Condition",
    threading.Event: "Event",
    threading.Semaphore: "Semaphore",
    threading.BoundedSemaphore: "BoundedSemaphore",
    threading.Barrier: "Barrier",
    queue.SimpleQueue: "SimpleQueue",
}


def kind_of(obj: Any) -> str | None:
    """The name of the kind of thing that `obj` is, if it can be lent: queues that can't be promoted, of any class."""
    if isinstance(obj, queue.Queue) and not can_promote(type(obj)):
        return "Queue"
    return _KINDS.get(type(obj))


def lend(obj: Any) -> Loan:
    """Makes `obj` reachable for whoever gets the loan, as long as the door is open (`kept_open`, `lent_to`)."""
    with _door.lock:
        _door.open()
        kind = kind_of(obj)
        assert kind is not None
        return kind, _door.address, _door.key, _door.ledger.number(obj)


def lend_for_good(obj: Any) -> Loan:
    """As `lend`, to whoever may come as long as this process lives."""
    with _door.lock:
        _door.for_good = True
    return lend(obj)


def at_home(address: str, number: int) -> Any:
    """The object itself, if it is this process that lent it; else None."""
    with _door.lock:
        return _door.ledger[number] if address == _door.address else None


def withdraw() -> None:
    """Ends what was lent for good, when the last line is closed."""
    with _door.lock:
        _door.for_good = False
    _door.ring()


def lent_to(sentinel: int) -> None:
    """Says that the process of `sentinel` was started with a loan: the door stays open until it ends."""
    with _door.lock:
        _door.sentinels.add(os.dup(sentinel))
    _door.ring()


@contextmanager
def kept_open() -> Iterator[None]:
    """Keeps the door open for the time of a `with` block, in which a loan is made and sent."""
    with _door.lock:
        _door.promises += 1
    try:
        yield
    finally:
        with _door.lock:
            _door.promises -= 1
        _door.ring()


class _Door:
    """Where borrowers come in. `lock` guards what changes while the door is open."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ledger = Ledger()
        self.address = ""
        self.key = b""
        self.promises = 0
        self.for_good = False
        self.sentinels: set[int] = set()
        self.wires: weakref.WeakSet[connection.Connection] = weakref.WeakSet()
        self._lines = 0
        self._socket: socket.socket | None = None
        self._bell: tuple[connection.Connection, connection.Connection] | None = None

    def open(self) -> None:
        """Starts to let borrowers in; nothing to do if the door is open."""
        if self._socket is not None:
            return
        self.key = secrets.token_bytes(32)
        self.address = f"\0anypickle-{secrets.token_hex(16)}"
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.address)
        self._socket.listen(64)
        self._bell = connection.Pipe(duplex=False)
        answer = threading.Thread(target=self._answer, name="anypickle-door", daemon=True)
        answer.start()

    def ring(self) -> None:
        """Has the thread look again who may still come."""
        with self.lock:
            if self._bell is not None:
                self._bell[1].send_bytes(b"!")

    def _answer(self) -> None:
        assert self._socket is not None and self._bell is not None
        bell = self._bell[0]
        while True:
            ready = connection.wait([self._socket, bell, *self.sentinels])
            if self._socket in ready:
                self._let_in(self._socket)
            if bell in ready:
                bell.recv_bytes()
            with self.lock:
                for sentinel in self.sentinels.intersection(ready):
                    self.sentinels.remove(sentinel)
                    os.close(sentinel)
                kept = self.for_good or self.promises or self.sentinels or self._lines
                if not (kept or bell.poll()):
                    self._close()
                    return

    def _close(self) -> None:
        assert self._socket is not None and self._bell is not None
        self._socket.close()
        for end in self._bell:
            end.close()
        self._socket = self._bell = None
        self.address = ""
        if not self.ledger.died_holding:  # else the next borrower is still to be told
            self.ledger = Ledger()

    def _let_in(self, door: socket.socket) -> None:
        accepted, _ = door.accept()
        pid = _peer(accepted)
        wire = connection.Connection(accepted.detach())
        try:
            connection.deliver_challenge(wire, self.key)
            connection.answer_challenge(wire, self.key)
        except (OSError, EOFError, AuthenticationError):
            wire.close()
            return  # somebody who hung up, or who has no key
        with self.lock:
            self.wires.add(wire)
            self._lines += 1
        line = Line(wire, pid, self.ledger)
        threading.Thread(
            target=self._serve, args=(line,), name="anypickle-line", daemon=True
        ).start()

    def _serve(self, line: Line) -> None:
        try:
            line.run()
        finally:
            with self.lock:
                self._lines -= 1
            self.ring()

    def forget(self) -> None:
        """In a child after fork: what is open belongs to the parent, whose threads aren't here."""
        inherited = [*self.wires, *(self._bell or ())]
        for wire in inherited:
            wire.close()
        for sentinel in self.sentinels:
            os.close(sentinel)
        if self._socket is not None:
            self._socket.close()
        self.__init__()  # type: ignore[misc]


def _peer(accepted: socket.socket) -> int:
    """The process on the other end, as the kernel says."""
    pid, _, _ = struct.unpack("3i", accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(pid)


_door = _Door()
os.register_at_fork(after_in_child=_door.forget)
