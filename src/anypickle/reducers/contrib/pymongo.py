"""pymongo: clients are made again from what they were made of, and connect when they are used."""

from __future__ import annotations

import importlib
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe


@recipe(
    "pymongo.synchronous.mongo_client:MongoClient",
    "pymongo.asynchronous.mongo_client:AsyncMongoClient",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    meaning="a client with the same settings that connects when it is used; with a password only as 'copy'",
)
def _reduce_client(client: Any, policy: Policy, crossing: Crossing) -> Reduced:
    settings = getattr(client, "_init_kwargs", None)
    if settings is None:
        refuse(
            client,
            "this version of pymongo does not keep its settings",
            hint="make it on the other side",
        )
    credentials = client.options.pool_options._credentials
    secret = getattr(credentials, "password", None) is not None
    if secret:
        must_be_allowed(client, policy, "a password", "make the client on the other side")
    cls = type(client)
    return _rebuild.reduced(
        "contrib.pymongo:client",
        cls.__module__,
        cls.__qualname__,
        {**settings, "connect": False},
        secret,
    )


def client(module: str, name: str, settings: dict[str, Any], secret: bool) -> Any:
    """A client with these settings that has not connected."""
    made = getattr(importlib.import_module(module), name)(**settings)
    return allowed(made) if secret else made


@recipe(
    "pymongo.synchronous.database:Database",
    "pymongo.asynchronous.database:AsyncDatabase",
    "pymongo.synchronous.collection:Collection",
    "pymongo.asynchronous.collection:AsyncCollection",
    policy=Policy.REOPEN,
    meaning="the database or collection of that name, with its options, of the copy of its client",
)
def _reduce_part(part: Any, policy: Policy, crossing: Crossing) -> Reduced:
    made = _rebuild.reduced("contrib.pymongo:part", type(part), state={**vars(part)})
    return (*made, None, None, fill)


def part(cls: type) -> Any:
    """One that `fill` completes: asked for any attribute before, it would ask itself without end."""
    return bare(cls)


def fill(part: Any, state: dict[str, Any]) -> None:
    """Sets the attributes of a database or a collection."""
    vars(part).update(state)


@recipe(
    "pymongo.synchronous.cursor:Cursor",
    "pymongo.synchronous.command_cursor:CommandCursor",
    "pymongo.synchronous.client_session:ClientSession",
    "pymongo.synchronous.change_stream:ChangeStream",
    policy=Policy.REFUSE,
    meaning="it belongs to a connection of this process: pass the collection and the query, or list(cursor)",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
