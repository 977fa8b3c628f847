"""Objects of more than 4 GiB, whose lengths need eight bytes: `make test-large`, where memory allows."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from anypickle import _core

_GIB = 1 << 30
_SIZE = (4 << 30) + 5


def _free_gib() -> float:
    """What the kernel would find: much of what is not free is files that it keeps for the time being."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    (kibibytes,) = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return int(kibibytes) * 1024 / _GIB


pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif("ANYPICKLE_LARGE" not in os.environ, reason="run by make test-large"),
    pytest.mark.skipif(_free_gib() < 14, reason="needs 14 GiB of free memory"),
]


@pytest.mark.parametrize("kind", [bytes, bytearray, str])
def test_what_is_longer_than_four_gibibytes_crosses(kind: type) -> None:
    value: Any = kind(b"\0") * _SIZE if kind is not str else "\0" * _SIZE
    opcode = {bytes: b"\x8e", bytearray: b"\x96", str: b"\x8d"}[kind]
    data = _core.dumps([value, 7], 5)
    assert opcode + _SIZE.to_bytes(8, "little") in data[:64]
    again, seven = _core.loads(data)
    del data
    equal = again == value
    assert type(again) is kind and equal and seven == 7


def test_out_of_band_it_is_not_copied() -> None:
    value = bytes(_SIZE)
    buffers: list[pickle.PickleBuffer] = []
    small = _core.dumps([1, pickle.PickleBuffer(value)], 5, buffer_callback=buffers.append)
    assert len(small) < 50
    arrived = _core.loads(small, buffers=buffers)[1]
    not_copied = arrived is buffers[0]  # pytest would show both sides of a comparison that fails
    assert not_copied
