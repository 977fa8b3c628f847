"""What streams consist of."""

from __future__ import annotations

import pickletools

__all__ = ["opcodes"]

_OF_THE_MEMO = ("MEMOIZE", "BINPUT", "LONG_BINPUT", "FRAME")


def opcodes(stream: bytes) -> list[str]:
    """The names, without the numbers of the memo, which `dumps` gives to what is met again only, and without frames."""
    return [op.name for op, _, _ in pickletools.genops(stream) if op.name not in _OF_THE_MEMO]
