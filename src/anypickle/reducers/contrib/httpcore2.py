"""httpcore2: a pool of connections crosses with its settings and connects when it is used."""

from __future__ import annotations

from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers.contrib._http_clients import reduce_pool
from anypickle.registry import Reduced, recipe


@recipe(
    "httpcore2:ConnectionPool",
    "httpcore2:AsyncConnectionPool",
    policy=Policy.FRESH,
    subclasses=True,
    meaning="a pool with the same settings that has made no connection",
)
def _reduce(pool: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return reduce_pool(pool)
