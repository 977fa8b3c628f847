"""aiohttp: a session crosses with its settings, and is made in the loop in which it is first used."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

from aiohttp import ClientSession, CookieJar, TCPConnector, UnixConnector

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed, secret_headers
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

_OF_THE_LOOP = ("_loop", "_connector", "_cookie_jar", "_source_traceback")
_CONNECTOR = {
    "_limit": "limit",
    "_limit_per_host": "limit_per_host",
    "_keepalive_timeout": "keepalive_timeout",
    "_force_close": "force_close",
    "_ssl": "ssl",
    "_use_dns_cache": "use_dns_cache",
    "_family": "family",
    "_happy_eyeballs_delay": "happy_eyeballs_delay",
    "_interleave": "interleave",
    "_path": "path",
}
"""Attributes of connectors, and what the constructors call them."""

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # aiohttp advises against subclasses

    class LazySession(ClientSession):  # type: ignore[misc]
        """Until it is used, what its connector and cookies are made of; then an ordinary session."""

        def __getattr__(self, name: str) -> Any:
            made_of = self.__dict__
            if name.startswith("__") or "_anypickle_makes" not in made_of:
                raise AttributeError(name)
            loop = asyncio.get_running_loop()  # says so where there is none
            connector, cookies = made_of.pop("_anypickle_makes")
            made_of["_loop"] = loop
            made_of["_connector"] = None if connector is None else _connector(*connector)
            if cookies is not None:
                vars(cookies)["_loop"] = loop
            made_of["_cookie_jar"] = cookies
            self.__class__ = made_of.pop("_anypickle_class")
            return getattr(self, name)

        @property
        def _connector(self) -> Any:
            return self.__getattr__("_connector")

        def __del__(self) -> None:
            """One that was never used has nothing to close."""


@recipe(
    ClientSession,
    LazySession,
    policy=Policy.REOPEN,
    offers=(Policy.COPY,),
    meaning="a session with the same settings and cookies, made in the loop in which it is first used; with auth or a "
    "key only as 'copy'",
)
def _reduce_session(session: Any, policy: Policy, crossing: Crossing) -> Reduced:
    what = ""
    if vars(session)["_default_auth"] or vars(session)["_default_proxy_auth"]:
        what = "the auth that it was given"
    what = what or secret_headers(vars(session)["_default_headers"])
    if what:
        must_be_allowed(session, policy, what, "make the session on the other side", ClientSession)
    if isinstance(session, LazySession):
        state = {**vars(session)}
        cls, makes = state.pop("_anypickle_class"), state.pop("_anypickle_makes")
    else:
        if session.closed:
            refuse(session, "it is closed", hint="make the session on the other side")
        state = {k: v for k, v in vars(session).copy().items() if k not in _OF_THE_LOOP}
        cls, makes = type(session), (_made_of(session._connector), session._cookie_jar)
    made = _rebuild.reduced("contrib.aiohttp:session", cls, *makes, bool(what), state=state)
    return (*made, None, None, fill)


def _made_of(connector: Any) -> Any:
    """The class of a connector, and the arguments that make it again."""
    if type(connector) not in (TCPConnector, UnixConnector):
        refuse(connector, "it can't be made again", hint="make the session on the other side")
    held = vars(connector)
    settings = {argument: held[name] for name, argument in _CONNECTOR.items() if name in held}
    if held.get("_force_close"):
        settings.pop("keepalive_timeout", None)
    if "_cached_hosts" in held:
        settings["ttl_dns_cache"] = held["_cached_hosts"]._ttl
    return type(connector), settings


def _connector(cls: Any, settings: dict[str, Any]) -> Any:
    return cls(**settings)


def session(cls: type, connector: Any, cookies: Any, secret: bool) -> Any:
    """A session that `fill` completes."""
    made = bare(LazySession)
    vars(made)["_anypickle_makes"] = (connector, cookies)
    vars(made)["_anypickle_class"] = cls
    return allowed(made) if secret else made


def fill(session: Any, state: dict[str, Any]) -> None:
    """Sets the attributes of a session."""
    vars(session).update(state)


@recipe(
    CookieJar,
    policy=Policy.COPY,
    meaning="the same cookies, for the loop in which they are used",
)
def _reduce_cookies(cookies: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = {**vars(cookies), "_loop": None}
    return _rebuild.reduced("contrib.aiohttp:cookies", state=state)


def cookies() -> Any:
    """A jar that its state fills."""
    return bare(CookieJar)
