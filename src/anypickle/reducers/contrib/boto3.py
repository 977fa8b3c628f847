"""boto3's resources and sessions: made again from what names them, over a client that crosses by its own recipe."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers.contrib import botocore as foundation
from anypickle.reducers.contrib._secrets import allowed
from anypickle.registry import Reduced, recipe


@recipe(
    "boto3.resources.base:ServiceResource",
    policy=Policy.REOPEN,
    subclasses=True,
    meaning="the resource of the same name and identifiers over the copy of its client",
)
def _reduce_resource(resource: Any, policy: Policy, crossing: Crossing) -> Reduced:
    meta = resource.meta
    kind = type(resource).__name__.rpartition(".")[2]  # s3.Bucket
    identifiers = [getattr(resource, "_" + name) for name in meta.identifiers]
    return _rebuild.reduced(
        "contrib.boto3:resource", meta.service_name, meta.client, kind, identifiers
    )


def resource(service: str, client: Any, kind: str, identifiers: list[str]) -> Any:
    """A resource of a service over a client."""
    import boto3

    settings = {"region_name": client.meta.region_name, "config": client.meta.config}
    root = boto3.Session(region_name=client.meta.region_name).resource(service, **settings)
    root.meta.client = client
    if kind == "ServiceResource":
        return root
    made = getattr(root, kind)(*identifiers)
    made.meta.client = client
    return made


@recipe(
    "boto3.session:Session",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    meaning="a session with the same settings; keys that were given to it only as 'copy'",
)
def _reduce_session(session: Any, policy: Policy, crossing: Crossing) -> Reduced:
    settings = foundation.settings_of(session._session, session, policy)
    return _rebuild.reduced("contrib.boto3:session", settings)


def session(settings: dict[str, Any]) -> Any:
    """A session with these settings."""
    import boto3

    made = boto3.Session(botocore_session=foundation.session(settings))
    return allowed(made) if "keys" in settings else made
