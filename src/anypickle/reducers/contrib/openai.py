"""OpenAI's clients: made again from their settings, with the key of the other side's environment."""

from __future__ import annotations

from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers.contrib._api_clients import reduce_client, reduce_kin
from anypickle.registry import Reduced, recipe

_SECRETS = {
    "api_key": "OPENAI_API_KEY",
    "admin_api_key": "OPENAI_ADMIN_KEY",
    "webhook_secret": "OPENAI_WEBHOOK_SECRET",
}
_AZURE = {"api_key": "AZURE_OPENAI_API_KEY", "_azure_ad_token": "AZURE_OPENAI_AD_TOKEN"}
_NEEDS = ("_api_key_provider", "workload_identity", "_provider")


@recipe(
    "openai:OpenAI",
    "openai:AsyncOpenAI",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    meaning="a client with the same settings and the key of the environment over there; a key that was given to it "
    "crosses only as 'copy'",
)
def _reduce(client: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return reduce_client(client, policy, _SECRETS, _NEEDS)


@recipe(
    "openai._base_client:BaseClient",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="a client with the same attributes and the key of the environment over there; a key that was given to it "
    "crosses only as 'copy'",
)
def _reduce_kin(client: Any, policy: Policy, crossing: Crossing) -> Reduced:
    azure = "azure" in type(client).__module__
    secrets = {**_SECRETS, **_AZURE} if azure else _SECRETS
    return reduce_kin(client, policy, secrets)
