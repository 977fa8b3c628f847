"""boto3's foundation: clients made again from service, region and configuration, sessions from their settings.

Credentials are found over there as they were found here (environment, shared file, role); keys that were given to a
client or a session cross only as `Policy.COPY`. Nothing is looked up before the first call.
"""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import as_stock
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed
from anypickle.registry import Reduced, recipe

_DEFAULT_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_OTHERWISE = "use a profile, a role or the environment"
_KEYS = "the keys that it was given"
_WITHOUT_PROFILE = frozenset({"env", "iam-role", "container-role"})


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
    if was_given(credentials):
        must_be_allowed(client, policy, _KEYS, _OTHERWISE, of=type(client).__mro__[1])
        access, secret, token = credentials.get_frozen_credentials()[:3]
        settings["aws_access_key_id"] = access
        settings["aws_secret_access_key"] = secret
        settings["aws_session_token"] = token
    profile = _profile_of(client)
    return _rebuild.reduced("contrib.botocore:client", settings, *([profile] if profile else []))


def was_given(credentials: Any) -> bool:
    """Whether credentials are keys that the program itself gave, and not found."""
    return credentials is not None and credentials.method in (None, "explicit")


def _profile_of(client: Any) -> str | None:
    """The profile that a client's credentials were found under; None for the one that holds over there anyway.

    A client does not know it: what its credentials say of themselves is looked up in the configuration.
    """
    credentials = client._request_signer._credentials
    method = getattr(credentials, "method", None)
    if credentials is None or method in _WITHOUT_PROFILE or was_given(credentials):
        return None
    import botocore.session

    refresher = getattr(getattr(credentials, "_refresh_using", None), "__self__", None)
    known = getattr(refresher, "_profile_name", None)
    if known is not None:
        return str(known)
    marks = {getattr(credentials, "_access_key", None), vars(credentials).get("access_key")}
    marks.add(getattr(refresher, "_role_arn", None))
    marks.discard(None)
    profiles = botocore.session.Session().full_config["profiles"]
    for name, values in profiles.items():
        if not marks.isdisjoint(value for value in values.values() if isinstance(value, str)):
            return None if name == "default" else str(name)
    return None


def client(settings: dict[str, Any], profile: str | None = None) -> Any:
    """A client with these settings; nothing is sent before its first call."""
    import botocore.session

    session = botocore.session.Session(profile=profile)
    made = session.create_client(**settings)
    return allowed(made) if "aws_secret_access_key" in settings else made


@recipe(
    "botocore.session:Session",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    meaning="a session with the same settings; keys that were given to it only as 'copy'",
)
def _reduce_session(session: Any, policy: Policy, crossing: Crossing) -> Reduced:
    settings = settings_of(session, session, policy)
    return _rebuild.reduced("contrib.botocore:session", settings)


def settings_of(session: Any, owner: Any, policy: Policy) -> dict[str, Any]:
    """What makes a session again.

    Args:
        session: A session of botocore's.
        owner: What crosses: the session, or boto3's around it.
        policy: The policy that holds for it.
    """
    settings = {
        "variables": session.instance_variables(),
        "agent": (session.user_agent_name, session.user_agent_version, session.user_agent_extra),
        "config": session.get_default_client_config(),
    }
    credentials = session._credentials
    if was_given(credentials):
        must_be_allowed(owner, policy, _KEYS, _OTHERWISE)
        settings["keys"] = tuple(credentials.get_frozen_credentials()[:3])
    return settings


def session(settings: dict[str, Any]) -> Any:
    """A session with these settings, which looks for its files when it is asked for what is in them."""
    import botocore.session

    made = botocore.session.Session()
    for name, value in settings["variables"].items():
        made.set_config_variable(name, value)
    made.user_agent_name, made.user_agent_version, made.user_agent_extra = settings["agent"]
    if settings["config"] is not None:
        made.set_default_client_config(settings["config"])
    if "keys" in settings:
        made.set_credentials(*settings["keys"])
        allowed(made)
    return made


@recipe(
    "botocore.credentials:Credentials",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="the same keys, only as 'copy': sessions and clients find theirs by themselves",
)
def _reduce_credentials(credentials: Any, policy: Policy, crossing: Crossing) -> Reduced:
    must_be_allowed(credentials, policy, "keys", "pass the session or the client")
    return as_stock(credentials)


@recipe(
    "botocore.paginate:Paginator",
    "botocore.waiter:Waiter",
    policy=Policy.REOPEN,
    subclasses=True,
    meaning="the paginator or waiter of that name of the copy of its client",
)
def _reduce_part(part: Any, policy: Policy, crossing: Crossing) -> Reduced:
    from botocore import xform_name

    if hasattr(part, "wait"):
        method, getter, name = part._operation_method._client_method, "get_waiter", part.name
    else:
        method, getter, name = part._method, "get_paginator", part._method.__name__
    return _rebuild.reduced("contrib.botocore:part", method.__self__, getter, xform_name(name))


def part(client: Any, getter: str, name: str) -> Any:
    """What a client makes under a name."""
    return getattr(client, getter)(name)


@recipe(
    "botocore.client:ClientMeta",
    policy=Policy.REFUSE,
    meaning="it is a part of its client: pass that",
)
@recipe(
    "botocore.errorfactory:BaseClientExceptions",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="its classes are made by its client: pass the client, and ask that for .exceptions on the other side",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")
