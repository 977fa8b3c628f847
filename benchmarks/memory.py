"""Peak memory of one call: how far the resident set of a forked child rises while it runs.

Counts whatever allocator is used, which `tracemalloc` would not. Small calls find room in memory that the process
has already; figures below a few hundred KiB say nothing.
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


def _kibibytes(field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def _rise(call: Callable[[], object]) -> int:
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
