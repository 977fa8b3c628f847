"""The models of the shared lock and ring keep their promises in every state.

Larger sizes: python -m tests.model.check
"""

from __future__ import annotations

import pytest

from tests.model import lock, ring


@pytest.mark.parametrize("size", [(2, 2, 0), (3, 1, 0), (2, 2, 2), (3, 1, 2)])
def test_lock(size: tuple[int, int, int]) -> None:
    assert lock.check(*size) > 50


@pytest.mark.parametrize("size", [(1, 1, 2, 2), (2, 1, 1, 2), (1, 2, 1, 1)])
def test_ring(size: tuple[int, int, int, int]) -> None:
    assert ring.check(*size) > 100
