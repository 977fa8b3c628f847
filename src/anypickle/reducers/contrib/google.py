"""Clients of Google Cloud: with the same settings; credentials are found over there as they were found here.

Credentials that the program made itself (from a key, a token) cross only as `Policy.COPY`.
"""

from __future__ import annotations

from typing import Any

from google.auth import credentials as google_credentials

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed
from anypickle.registry import Reduced, recipe

_IN_ENVIRONMENT = "GOOGLE_APPLICATION_CREDENTIALS environment variable"
_KNOWS_NO_SECRET = ("google.auth.compute_engine", "google.auth.app_engine")


class FoundCredentials(google_credentials.Credentials):  # type: ignore[misc]
    """Until they are asked for something, how to find them; then what was found, class and all."""

    def refresh(self, request: Any) -> None:
        """Gets a new token."""
        self._find()
        self.refresh(request)  # that of the class that it has by now

    def _find(self) -> None:
        import google.auth

        held = self.__dict__
        path, scopes = held.pop("_anypickle_finds")
        if path is None:
            found, _ = google.auth.default(scopes=scopes)
        else:
            found, _ = google.auth.load_credentials_from_file(path, scopes=scopes)
        held.update(vars(found))
        self.__class__ = type(found)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_anypickle_finds" not in vars(self):
            raise AttributeError(name)
        self._find()
        return getattr(self, name)


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
    if isinstance(credentials, FoundCredentials):
        pass
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
    if credentials is None or isinstance(credentials, google_credentials.AnonymousCredentials):
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
    made = bare(FoundCredentials)
    vars(made)["_anypickle_finds"] = (path, scopes)
    return made


@recipe(
    FoundCredentials,
    policy=Policy.REOPEN,
    meaning="credentials that are looked for when they are used",
)
def _reduce_found(credentials: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.google:found", *vars(credentials)["_anypickle_finds"])


def client(cls: type, secret: bool) -> Any:
    """A client that its state fills."""
    made = bare(cls)
    return allowed(made) if secret else made
