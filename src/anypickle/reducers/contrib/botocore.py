"""The clients of boto3 and botocore: made again from service, region and configuration.

Credentials are found over there as they were found here (environment, shared file, role); keys that were given to the
client cross only as `Policy.COPY`.
"""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers.contrib._secrets import must_be_allowed
from anypickle.registry import Reduced, recipe

_DEFAULT_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


@recipe(
    "botocore.client:BaseClient",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="a client for the same service with the same configuration; keys that were given to it only as 'copy'",
)
def _reduce_client(client: Any, policy: Policy, crossing: Crossing) -> Reduced:
    settings = {
        "service_name": client.meta.service_model.service_name,
        "region_name": client.meta.region_name,
        "config": client.meta.config,
        "use_ssl": client.meta.endpoint_url.startswith("https:"),
    }
    if not client.meta.endpoint_url.endswith(_DEFAULT_HOSTS):
        settings["endpoint_url"] = client.meta.endpoint_url
    credentials = client._request_signer._credentials
    if credentials is not None and credentials.method == "explicit":
        must_be_allowed(
            client, policy, "the keys that it was given", "use a profile, a role or the environment"
        )
        frozen = credentials.get_frozen_credentials()
        settings["aws_access_key_id"] = frozen.access_key
        settings["aws_secret_access_key"] = frozen.secret_key
        settings["aws_session_token"] = frozen.token
    return _rebuild.reduced("contrib.botocore:client", settings)


def client(settings: dict[str, Any]) -> Any:
    """A client with these settings; nothing is sent before its first call."""
    import botocore.session

    session = botocore.session.get_session()
    return session.create_client(**settings)
