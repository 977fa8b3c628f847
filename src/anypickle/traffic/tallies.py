"""Counters in a file that is mapped into memory: what a process has counted is there when it is killed.

The file is an array of slots of 512 bytes: four numbers, and a label in JSON that says what they count. A slot whose
label is empty was never used. Nothing is ever written by a system call but the file's length.

Threading: a slot may be added to by any thread.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Slot", "Tallies", "read"]

_SLOT = 512
_NUMBERS = struct.Struct("<4Q")
_write = _NUMBERS.pack_into
_LENGTH = struct.Struct("<H")
_ROOM = _SLOT - _NUMBERS.size - _LENGTH.size
_MOST = 8192


class Slot:
    """Four numbers under a label: how many, bytes, nanoseconds, failures."""

    __slots__ = ("_file", "_offset", "bytes", "count", "errors", "nanoseconds")

    def __init__(self, file: mmap.mmap, offset: int) -> None:
        self._file, self._offset = file, offset
        self.count = self.bytes = self.nanoseconds = self.errors = 0

    def add(
        self,
        count: int = 1,
        bytes: int = 0,
        nanoseconds: int = 0,
        errors: int = 0,
    ) -> None:
        """Adds to the numbers."""
        self.count += count
        self.bytes += bytes
        self.nanoseconds += nanoseconds
        self.errors += errors
        _write(self._file, self._offset, self.count, self.bytes, self.nanoseconds, self.errors)


class Tallies:
    """The slots of this process, by what they count."""

    def __init__(self, folder: str | None) -> None:
        if folder is None:  # memory of its own, which nobody reads
            self._file = mmap.mmap(-1, _SLOT * _MOST)
        else:
            path = Path(folder, f"{os.getpid()}-{os.urandom(4).hex()}.tally")
            with path.open("xb+") as file:
                file.truncate(_SLOT * _MOST)  # a hole: only what is used takes room
                self._file = mmap.mmap(file.fileno(), _SLOT * _MOST)
        self._slots: dict[Any, Slot] = {}
        self._rest: Slot | None = None
        self._lock = threading.Lock()

    def slot(self, key: Any, label: dict[str, Any]) -> Slot:
        """The slot for a key; made with this label the first time."""
        with self._lock:
            found = self._slots.get(key)
            if found is None:
                found = self._slots[key] = self._new(label)
            return found

    def known(self, key: Any) -> Slot | None:
        """The slot for a key, if there is one."""
        return self._slots.get(key)

    def _new(self, label: dict[str, Any]) -> Slot:
        number = len(self._slots)
        if self._rest is not None:
            return self._rest
        if number == _MOST - 1:  # the last one is for all that finds no room
            label = {"of": "rest"}
        text = json.dumps(label).encode()
        while len(text) > _ROOM:
            longest = max(label, key=lambda name: len(str(label[name])))
            label = {
                **label,
                longest: "…" + str(label[longest])[-(len(str(label[longest])) // 2) :],
            }
            text = json.dumps(label).encode()
        offset = number * _SLOT
        start = offset + _NUMBERS.size
        self._file[start + _LENGTH.size : start + _LENGTH.size + len(text)] = text
        _LENGTH.pack_into(self._file, start, len(text))  # last: now it counts
        made = Slot(self._file, offset)
        if number == _MOST - 1:
            self._rest = made
        return made

    def close(self) -> None:
        """Counts no more."""
        self._file.close()


def read(folder: str) -> Iterator[tuple[int, dict[str, Any], tuple[int, ...]]]:
    """Every slot of every process: (pid, label, numbers)."""
    for path in sorted(Path(folder).glob("*.tally")):
        pid = int(path.name.partition("-")[0])
        data = path.read_bytes()
        for offset in range(0, len(data) - _SLOT + 1, _SLOT):
            (length,) = _LENGTH.unpack_from(data, offset + _NUMBERS.size)
            if length:
                start = offset + _NUMBERS.size + _LENGTH.size
                yield (
                    pid,
                    json.loads(data[start : start + length]),
                    _NUMBERS.unpack_from(data, offset),
                )
