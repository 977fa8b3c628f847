"""Clients of Google Cloud: with the same settings; credentials are found over there as they were found here.

Credentials that the program made itself (from a key, a token) cross only as `Policy.COPY`.
"""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed
from anypickle.registry import Reduced, recipe

_IN_ENVIRONMENT = "GOOGLE_APPLICATION_CREDENTIALS environment variable"
_KNOWS_NO_SECRET = ("google.auth.compute_engine", "google.auth.app_engine")


@recipe(
    "google.cloud.client:Client",
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    subclasses=True,
    meaning="a client with the same settings and the credentials of the environment over there; credentials that were "
    "given to it only as 'copy'",
)
def _reduce_client(client: Any, policy: Policy, crossing: Crossing) -> Reduced:
    credentials = client._credentials
    state = {**vars(client), "_http_internal": None}
    if client._http_internal is not None and not hasattr(client._http_internal, "credentials"):
        state["_http_internal"] = client._http_internal  # the program's own
    secret = False
    if "_anypickle_finds" in vars(credentials):
        pass  # nobody has used it since it came here
    elif getattr(credentials, "_cred_file_path", None):
        state["_credentials"] = _Finding(*_where(credentials))
    elif _holds_secret(credentials):
        must_be_allowed(
            client,
            policy,
            "the credentials that it was given",
            "set GOOGLE_APPLICATION_CREDENTIALS on both sides",
        )
        secret = True
    return _rebuild.reduced("contrib.google:client", type(client), secret, state=state)


def _where(credentials: Any) -> tuple[str | None, Any]:
    path: str | None = credentials._cred_file_path
    from google.auth import _cloud_sdk

    default = _cloud_sdk.get_application_default_credentials_path()
    if path == default or (path or "").endswith(_IN_ENVIRONMENT):
        path = None
    return path, getattr(credentials, "scopes", None)


def _holds_secret(credentials: Any) -> bool:
    from google.auth.credentials import AnonymousCredentials

    if credentials is None or isinstance(credentials, AnonymousCredentials):
        return False
    return not type(credentials).__module__.startswith(_KNOWS_NO_SECRET)


class _Finding:
    """Stands for credentials in a stream: what is rebuilt looks for them at its first use."""

    def __init__(self, path: str | None, scopes: Any) -> None:
        self._finds = (path, scopes)

    def __reduce__(self) -> Reduced:
        return _rebuild.reduced("contrib.google:found", *self._finds)


def found(path: str | None, scopes: Any) -> Any:
    """Credentials that are looked for when they are used."""
    from anypickle.reducers.contrib._google_credentials import FoundCredentials

    made: Any = bare(FoundCredentials)
    vars(made)["_anypickle_finds"] = (path, scopes)
    return made


@recipe(
    "anypickle.reducers.contrib._google_credentials:FoundCredentials",
    policy=Policy.REOPEN,
    meaning="credentials that are looked for when they are used",
)
def _reduce_found(credentials: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.google:found", *vars(credentials)["_anypickle_finds"])


def client(cls: type, secret: bool) -> Any:
    """A client that its state fills."""
    made = bare(cls)
    return allowed(made) if secret else made
