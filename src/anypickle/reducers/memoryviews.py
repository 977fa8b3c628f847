"""Memory views arrive as views, of a buffer that arrives with them."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.registry import recipe

__all__ = ["view"]


@recipe(memoryview, policy=Policy.COPY, meaning="a view with the same format, shape and contents")
def reduce_view(found: memoryview, policy: Policy, crossing: Crossing) -> tuple[Any, ...]:
    owner: Any = found.obj
    whole = type(owner) in (bytes, bytearray) and found.c_contiguous and len(owner) == found.nbytes
    if not whole:
        owner = found.tobytes() if found.readonly else bytearray(found.tobytes())
    if whole and found.readonly and type(owner) is bytearray:
        owner = bytes(owner)
    if found.format == "B" and found.ndim == 1:
        return memoryview, (owner,)
    return _rebuild.reduced("memoryviews:view", owner, found.format, found.shape)


def view(owner: bytes | bytearray, kind: Any, shape: tuple[int, ...]) -> Any:
    """A view of a buffer as items of this format."""
    made = memoryview(owner)
    return made.cast(kind) if len(shape) == 1 else made.cast(kind, shape)
