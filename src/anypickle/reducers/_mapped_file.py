"""Which file an `mmap.mmap` maps: it does not say, but the system knows what lies at its address (Linux).

    mapped_file(mapped)     # ("/data/rows.bin", 4096, True): path, offset, whether it is writable

A private mapping that may be written is no file's: what was changed in it is seen by nobody else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

__all__ = ["mapped_file"]

_SIZE_OF_PY_BUFFER = 128
"""With room to spare; its first field is the address."""


def mapped_file(mapped: Any) -> tuple[str, int, bool] | None:
    """The path of the file, the offset in it, and whether it is writable; None where there is no such file."""
    address = _address(mapped)
    try:
        regions = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    for region in regions.splitlines():
        span, permissions, offset, device, inode, *path = region.split(maxsplit=5)
        start, end = (int(part, 16) for part in span.split("-"))
        if start <= address < end:
            is_private = permissions[3] == "p" and "w" in permissions
            if not path or is_private or not _is_there(path[0], device, int(inode)):
                return None
            return path[0], int(offset, 16) + address - start, "w" in permissions
    return None


def _address(mapped: Any) -> int:
    import ctypes

    buffer = ctypes.create_string_buffer(_SIZE_OF_PY_BUFFER)
    get, release = ctypes.pythonapi.PyObject_GetBuffer, ctypes.pythonapi.PyBuffer_Release
    get.argtypes, release.argtypes = (
        [ctypes.py_object, ctypes.c_void_p, ctypes.c_int],
        [ctypes.c_void_p],
    )
    get(mapped, buffer, 0)
    address = ctypes.c_void_p.from_buffer(buffer).value
    release(buffer)
    return address or 0


def _is_there(path: str, device: str, inode: int) -> bool:
    """Whether the file at this path is the one that is mapped, not a later one of that name."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return False
    major, minor = (int(part, 16) for part in device.split(":"))
    return found.st_ino == inode and found.st_dev == os.makedev(major, minor)
