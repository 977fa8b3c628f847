"""Anthropic's clients: made again from their settings, with the key of the other side's environment."""

from __future__ import annotations

from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers.contrib._api_clients import reduce_client, reduce_kin
from anypickle.registry import Reduced, recipe

_SECRETS = {"api_key": "ANTHROPIC_API_KEY", "auth_token": "ANTHROPIC_AUTH_TOKEN"}
_CLOUDS = {
    "aws_secret_key": "AWS_SECRET_ACCESS_KEY",
    "aws_session_token": "AWS_SESSION_TOKEN",
    "access_token": "GOOGLE_ACCESS_TOKEN",
}
_NEEDS = ("credentials", "_custom_auth")


@recipe(
    "anthropic:Anthropic",
    "anthropic:AsyncAnthropic",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    meaning="a client with the same settings and the key of the environment over there; a key that was given to it "
    "crosses only as 'copy'",
)
def _reduce(client: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return reduce_client(client, policy, _SECRETS, _NEEDS)


@recipe(
    "anthropic._base_client:BaseClient",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="a client with the same attributes and the key of the environment over there; a key that was given to it "
    "crosses only as 'copy'",
)
def _reduce_kin(client: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return reduce_kin(client, policy, {**_SECRETS, **_CLOUDS})
