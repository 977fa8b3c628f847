"""Counters in a file that is mapped into memory: what a process has counted is there when it is killed.

The file is an array of slots of 512 bytes: four numbers, and a label that says what they count. A slot whose
label is empty was never used. Nothing is ever written by a system call but the file's length. Labels are written by
`marshal`, which every process of a run reads alike, as only processes of one Python count; and it is in memory already.

Threading: a slot may be added to by any thread; `_core` does.
"""

from __future__ import annotations

import marshal
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Tallies", "read"]

_SLOT = 512
_NUMBERS = struct.Struct("<4Q")
_LENGTH = struct.Struct("<H")
_ROOM = _SLOT - _NUMBERS.size - _LENGTH.size
_MOST = 8192
_REST = "rest"


class Tallies:
    """The slots of this process, by what they count."""

    def __init__(self, folder: str | None) -> None:
        if folder is None:  # memory of its own, which nobody reads
            self.memory = mmap.mmap(-1, _SLOT * _MOST)
        else:
            path = Path(folder, f"{os.getpid()}-{os.urandom(4).hex()}.tally")
            with path.open("xb+") as file:
                file.truncate(_SLOT * _MOST)  # a hole: only what is used takes room
                self.memory = mmap.mmap(file.fileno(), _SLOT * _MOST)
        self._slots: dict[Any, int] = {}
        self._lock = threading.Lock()

    def slot(self, key: Any, label: dict[str, Any]) -> int:
        """The offset of the slot for a key; made with this label the first time."""
        with self._lock:
            found = self._slots.get(key)
            if found is None:
                if len(self._slots) >= _MOST - 1:  # the last one is for all that finds no room
                    key, label = _REST, {"of": "rest"}
                    if _REST in self._slots:
                        return self._slots[_REST]
                found = self._slots[key] = self._new(label)
            return found

    def known(self, key: Any) -> int | None:
        """The offset of the slot for a key, if there is one."""
        return self._slots.get(key)

    def _new(self, label: dict[str, Any]) -> int:
        text = marshal.dumps(label)
        while len(text) > _ROOM:
            longest = max(label, key=lambda name: len(str(label[name])))
            label = {
                **label,
                longest: "…" + str(label[longest])[-(len(str(label[longest])) // 2) :],
            }
            text = marshal.dumps(label)
        offset = len(self._slots) * _SLOT
        start = offset + _NUMBERS.size
        self.memory[start + _LENGTH.size : start + _LENGTH.size + len(text)] = text
        _LENGTH.pack_into(self.memory, start, len(text))  # last: now it counts
        return offset

    def close(self) -> None:
        """Counts no more."""
        self.memory.close()


def read(folder: str) -> Iterator[tuple[int, dict[str, Any], tuple[int, ...]]]:
    """Every slot of every process: (pid, label, numbers)."""
    for path in sorted(Path(folder).glob("*.tally")):
        pid = int(path.name.partition("-")[0])
        with path.open("rb") as file:
            while len(slot := file.read(_SLOT)) == _SLOT:
                (length,) = _LENGTH.unpack_from(slot, _NUMBERS.size)
                if not length:  # they are given out in their order: the rest is a hole
                    break
                label = slot[_SLOT - _ROOM : _SLOT - _ROOM + length]
                yield pid, marshal.loads(label), _NUMBERS.unpack_from(slot)
