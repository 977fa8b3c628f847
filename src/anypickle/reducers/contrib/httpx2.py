"""httpx2: clients cross with their settings; an identity (auth, a header with a key) only where that is allowed."""

from __future__ import annotations

from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers.contrib._http_clients import reduce_client
from anypickle.registry import Reduced, recipe


@recipe(
    "httpx2:Client",
    "httpx2:AsyncClient",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="a client with the same settings that has connected to nothing; with auth or a key only as 'copy'",
)
def _reduce(client: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return reduce_client(client, policy)
