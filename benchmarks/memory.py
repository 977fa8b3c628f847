"""Peak memory of one call: how far the resident set of a forked child rises while it runs.

Counts whatever allocator is used, which `tracemalloc` would not. Programs and libraries are brought in beforehand:
pages of code that a call runs for the first time are no memory that it takes. Small calls find room in memory that the
process has already; figures below a few hundred KiB say little. It is the second call of the child: what the first
one finds free in its parent is an accident.
"""

from __future__ import annotations

import ctypes
import gc
import os
import re
import struct
from collections.abc import Callable
from pathlib import Path

_STATUS = Path("/proc/self/status")
_POPULATE_READ = 22
"""MADV_POPULATE_READ: Linux 5.14; an older one answers that it does not know it."""


def _kibibytes(field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def _bring_code_in() -> None:
    """Maps every page of every file that is mapped to be read."""
    libc = ctypes.CDLL(None)
    for line in Path("/proc/self/maps").read_text().splitlines():
        found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r-.p .*/", line)
        if found is not None:
            start, end = (int(address, 16) for address in found.groups())
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _POPULATE_READ)


def _rise(call: Callable[[], object]) -> int:
    _bring_code_in()
    call()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = _kibibytes("VmRSS")
    result = call()
    peak = _kibibytes("VmHWM")
    del result
    return max(peak - before, 0)


def peak_kib(call: Callable[[], object]) -> int:
    """KiB that the resident set rises by while `call` runs, its result included."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, struct.pack("q", _rise(call)))
        finally:
            os._exit(0)
    os.close(writer)
    try:
        answer = os.read(reader, 8)
    finally:
        os.close(reader)
        os.waitpid(child, 0)
    if len(answer) != 8:
        raise RuntimeError("the call did not come back in the child")
    return int(struct.unpack("q", answer)[0])
