"""Pools of multiprocessing: new ones with the same settings, which start nothing before they are used."""

from __future__ import annotations

import multiprocessing.pool
from typing import Any

import pytest

import anypickle

pytestmark = pytest.mark.may_leave("descriptors")


class TaggedPool(multiprocessing.pool.Pool):
    """A pool whose constructor has parameters of its own."""

    def __init__(self, tag: str) -> None:
        super().__init__(1, initializer=len, initargs=("ab",), maxtasksperchild=7)
        self.tag = tag


@pytest.mark.parametrize(
    "make",
    [
        lambda: multiprocessing.Pool(2),
        lambda: multiprocessing.get_context("spawn").Pool(1),
        lambda: multiprocessing.pool.ThreadPool(2),
        lambda: TaggedPool("tag"),
    ],
    ids=["fork", "spawn", "threads", "subclass"],
)
def test_a_pool_arrives_without_workers_and_works(make: Any) -> None:
    with make() as pool:
        data = anypickle.dumps(pool)
        kind, settings = type(pool), _settings(pool)
    pool.join()
    children = multiprocessing.active_children()
    passed_on = anypickle.dumps(anypickle.loads(data))
    arrived = anypickle.loads(passed_on)
    assert isinstance(arrived, kind) and _settings(arrived) == settings
    assert multiprocessing.active_children() == children
    with arrived:
        assert type(arrived) is kind
        assert arrived.map(abs, [-1, -2]) == [1, 2]
    arrived.join()


def _settings(pool: Any) -> tuple[Any, ...]:
    return (
        pool._processes,
        pool._initializer,
        pool._initargs,
        pool._maxtasksperchild,
        pool._ctx.get_start_method(),
        getattr(pool, "tag", None),
    )


def test_a_pool_that_waits_can_be_ended() -> None:
    with multiprocessing.pool.ThreadPool(1) as pool:
        closed, terminated = (anypickle.loads(anypickle.dumps(pool)) for _ in range(2))
    with pytest.raises(ValueError, match="still running"):
        closed.join()
    closed.close()
    terminated.terminate()
    for ended in (closed, terminated, anypickle.loads(anypickle.dumps(pool))):
        ended.join()
        with pytest.raises(ValueError, match="not running"):
            ended.apply(abs, (1,))


def _use(pool: Any) -> str:
    try:
        pool.apply(abs, (-1,))
    except AssertionError as error:
        return str(error)
    return "worked"


def test_a_worker_that_may_have_no_children_says_so_at_each_use() -> None:
    with anypickle.installed(), multiprocessing.Pool(1) as pool:
        said = [pool.apply(_use, (pool,)) for _ in range(2)]
    pool.join()
    assert said == ["daemonic processes are not allowed to have children"] * 2
