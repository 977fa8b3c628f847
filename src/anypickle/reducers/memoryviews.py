"""Memory views arrive as views, of a buffer that arrives with them.

What is seen through a view that can be written to is seen by all who have its buffer, so the whole buffer goes along.
"""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.refusal import refuse
from anypickle.registry import recipe

__all__ = ["part", "view"]


@recipe(memoryview, policy=Policy.COPY, meaning="a view with the same format, shape and contents")
def reduce_view(found: memoryview, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    owner: Any = found.obj
    if not found.readonly and found.nbytes and found.c_contiguous and _can_be_viewed(owner):
        all_of_it = memoryview(owner)
        if (all_of_it.format, all_of_it.shape) == (found.format, found.shape):
            return memoryview, (owner,)
        start = _address(found) - _address(all_of_it)
        _must_be_castable(found)
        part = (owner, start, found.nbytes, found.format, found.shape)
        return _rebuild.reduced("memoryviews:part", *part)
    whole = type(owner) in (bytes, bytearray) and found.c_contiguous and len(owner) == found.nbytes
    if not whole:
        owner = found.tobytes() if found.readonly else bytearray(found.tobytes())
    if whole and found.readonly and type(owner) is bytearray:
        owner = bytes(owner)
    if found.format == "B" and found.ndim == 1:
        return memoryview, (owner,)
    _must_be_castable(found)
    return _rebuild.reduced("memoryviews:view", owner, found.format, found.shape)


def _can_be_viewed(owner: Any) -> bool:
    """Whether it arrives as a buffer of the same bytes."""
    kind = type(owner)
    if (kind.__module__, kind.__qualname__) not in _BUFFERS:
        return False
    whole = memoryview(owner)
    return whole.c_contiguous and not whole.readonly and whole.nbytes > 0 and whole.format != "O"


def _must_be_castable(found: memoryview) -> None:
    try:
        memoryview(bytes(found.itemsize)).cast(found.format)  # type: ignore[call-overload]
    except ValueError:
        _refuse(found, f"items of the format {found.format!r}")
    if found.ndim > 1 and found.nbytes == 0:
        _refuse(found, f"the shape {found.shape}")


def _refuse(found: memoryview, what: str) -> None:
    said = f"nothing but its own buffer has {what}"
    refuse(found, said, hint="pass the object whose buffer it is, or view.tolist()")


def _address(found: memoryview) -> int:
    import ctypes

    return ctypes.addressof(ctypes.c_char.from_buffer(found))


def part(owner: Any, start: int, size: int, kind: Any, shape: tuple[int, ...]) -> Any:
    """A view of a part of a buffer."""
    made = memoryview(owner).cast("B")[start : start + size]
    return made.cast(kind) if len(shape) == 1 else made.cast(kind, shape)


_BUFFERS = {("builtins", "bytearray"), ("array", "array"), ("numpy", "ndarray")}


def view(owner: bytes | bytearray, kind: Any, shape: tuple[int, ...]) -> Any:
    """A view of a buffer as items of this format."""
    made = memoryview(owner)
    return made.cast(kind) if len(shape) == 1 else made.cast(kind, shape)
