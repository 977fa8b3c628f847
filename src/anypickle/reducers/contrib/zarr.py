"""zarr: groups, arrays and stores are zarr's own affair; an archive that is being written belongs to its writer."""

from __future__ import annotations

from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import as_stock
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe


@recipe(
    "zarr.storage._zip:ZipStore",
    policy=Policy.REOPEN,
    meaning="a store over the same archive, for reading; one that is being written is refused",
)
def _reduce_store(store: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if store._zmode != "r":
        refuse(
            store,
            "the list of its files is written when it is closed: an archive that is open for writing has one writer",
            hint="close it, or use a directory: zarr.storage.LocalStore",
        )
    return as_stock(store)
