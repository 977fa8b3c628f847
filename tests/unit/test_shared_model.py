"""The models of the shared lock, ring and pile keep their promises in every state.

Larger sizes: python -m tests.model.check
"""

from __future__ import annotations

import pytest

from tests.model import lock, pile, ring


@pytest.mark.parametrize("size", [(2, 2, 0), (3, 1, 0), (2, 2, 2), (3, 1, 2)])
def test_lock(size: tuple[int, int, int]) -> None:
    assert lock.check(*size) > 50


@pytest.mark.parametrize("size", [(1, 1, 2, 2), (2, 1, 1, 2), (1, 2, 1, 1)])
def test_ring(size: tuple[int, int, int, int]) -> None:
    assert ring.check(*size) > 100


@pytest.mark.parametrize("least", [False, True])
@pytest.mark.parametrize("size", [(1, 1, 3, 2), (2, 1, 1, 2), (1, 2, 1, 2)])
def test_pile(least: bool, size: tuple[int, int, int, int]) -> None:
    assert pile.check(least, *size) > 100
