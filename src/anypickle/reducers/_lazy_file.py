"""A raw file that is opened at its first use.

    file = LazyFile.__new__(LazyFile)
    file.prepare("/data/log.txt", "wb", position=120, append=True, seekable=True)
    file.tell()                 # 120, and nothing was opened
    file.write(b"...")          # opens, without truncating and without creating

It is an `io.FileIO`, whose C methods work once it is open; before that each of them is met here. Buffers and text
files only ask a raw file what it can do and where it is when they are made over it, and that is answered without
opening. Threading: as for `io.FileIO`, whoever shares it has to see to it.
"""

from __future__ import annotations

import io
import os
from typing import Any

__all__ = ["LazyFile"]

_NOT_AGAIN = os.O_TRUNC | os.O_EXCL


class LazyFile(io.FileIO):
    """An `io.FileIO` that `prepare` describes and the first use opens."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("a LazyFile is made by unpickling a file")

    def prepare(self, path: str, mode: str, position: int, append: bool, seekable: bool) -> None:
        """Says what to open; called once, in the place of `__init__`.

        Args:
            path: An absolute path.
            mode: As `io.FileIO.mode` says it: `rb`, `rb+`, `wb`, `xb`, `ab`, ...
            position: Where to begin, in bytes.
            append: Whether writes go to the end until somebody seeks.
            seekable: What the original said.
        """
        self.name = path
        self._mode = mode
        self._position = position
        self._append = append
        self._seekable = seekable
        self._closed = False
        self.was_opened = False

    def recipe(self) -> tuple[str, str, int, bool, bool, bool]:
        """What `prepare` needs, and whether it is closed, while it is not open."""
        path = self.name
        return path, self._mode, self._position, self._append, self._seekable, self._closed

    def revive(self) -> None:
        """Takes back `close` on a file that was never opened."""
        self._closed = False

    def _open(self) -> None:
        if self._closed:
            raise ValueError("I/O operation on closed file")
        if self.was_opened:
            return
        flavour = self._mode.replace("b", "").replace("x", "w")
        path, position = self.name, self._position
        super().__init__(path, flavour, opener=self._opener)
        self.name = path
        self.was_opened = True
        if self._seekable:
            os.lseek(self.fileno(), position, os.SEEK_SET)

    def _opener(self, path: str, flags: int) -> int:
        flags &= ~_NOT_AGAIN
        if not self._mode.startswith("a"):
            flags &= ~os.O_CREAT
        if self._append:
            flags |= os.O_APPEND
        return os.open(path, flags, 0o666)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return super().closed if self.was_opened else self._closed

    @property
    def mode(self) -> str:  # type: ignore[override]
        """The mode of the original."""
        return self._mode

    def close(self) -> None:
        """Closes it; one that was never used just ends."""
        if self.was_opened:
            super().close()
        self._closed = True

    def readable(self) -> bool:
        """Whether the mode lets one read."""
        self._check()
        return "r" in self._mode or "+" in self._mode

    def writable(self) -> bool:
        """Whether the mode lets one write."""
        self._check()
        return "r" not in self._mode or "+" in self._mode

    def seekable(self) -> bool:
        """Whether the original was."""
        self._check()
        return self._seekable

    def tell(self) -> int:
        """The position in bytes."""
        self._check()
        return super().tell() if self.was_opened else self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Goes to a position; from the start or the current one that needs no opening."""
        self._check()
        if not self.was_opened and whence != os.SEEK_END:
            target = offset + (self._position if whence == os.SEEK_CUR else 0)
            if target >= 0:
                self._append = self._append and target == self._position
                self._position = target
                return target
        self._open()
        before = super().tell()
        after = super().seek(offset, whence)
        if self._append and after != before:
            self._stop_appending()
        return after

    def _stop_appending(self) -> None:
        import fcntl

        self._append = False
        flags = fcntl.fcntl(self.fileno(), fcntl.F_GETFL)
        fcntl.fcntl(self.fileno(), fcntl.F_SETFL, flags & ~os.O_APPEND)

    def _check(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def fileno(self) -> int:
        """The descriptor."""
        self._open()
        return super().fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal, which files that are opened again are not."""
        self._check()
        return False

    def read(self, size: int | None = -1, /) -> Any:
        """Reads."""
        self._open()
        return super().read(-1 if size is None else size)

    def readall(self) -> Any:
        """Reads to the end."""
        self._open()
        return super().readall()

    def readinto(self, buffer: Any, /) -> Any:
        """Reads into a buffer."""
        self._open()
        return super().readinto(buffer)

    def write(self, data: Any, /) -> Any:
        """Writes."""
        self._open()
        return super().write(data)

    def truncate(self, size: int | None = None, /) -> int:
        """Truncates, because the receiver wants it."""
        self._open()
        return super().truncate(size)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open" if self.was_opened else "not opened yet"
        return f"<anypickle LazyFile {self.name!r} mode={self._mode!r} {state}>"
