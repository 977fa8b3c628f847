"""Connections: HTTP clients that are idle cross unconnected and connect at their next request.

Selectors cross while they watch nothing. Sockets have no recipe: pickle refuses them, and multiprocessing passes their
descriptors to the processes it starts.

An `ssl.SSLContext` is made again from its settings and the authorities it trusts. The private key that one may hold
can't be read out of it, so contexts for servers are refused, and one for clients arrives without its own certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import as_stock, bare
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

if TYPE_CHECKING:
    import ssl

_IDLE = "Idle"


@recipe(
    "http.client:HTTPConnection",
    "http.client:HTTPSConnection",
    policy=Policy.FRESH,
    subclasses=True,
    meaning="a connection with the same settings that connects at its next request",
)
def _reduce_http(connection: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = {**vars(connection)}
    if state.get("_HTTPConnection__state") != _IDLE:
        refuse(
            connection,
            "it is in the middle of a request",
            hint="read the response to its end first, or pass what was read from it",
        )
    state.update(sock=None, _HTTPConnection__response=None)
    if state["timeout"] is _default_timeout():
        del state["timeout"]
    return _rebuild.reduced("network:http_connection", type(connection), state=state)


def http_connection(cls: type) -> Any:
    """A connection with the default timeout; its state brings the rest."""
    made = bare(cls)
    made.timeout = _default_timeout()
    return made


def _default_timeout() -> Any:
    """The object that stands for the default; it is known by its identity."""
    import socket

    return socket._GLOBAL_DEFAULT_TIMEOUT  # type: ignore[attr-defined]


@recipe(
    "http.client:HTTPResponse",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it reads from a connection of this process: pass what read() gives",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")


@recipe(
    "urllib.request:Request",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the same request",
)
def _reduce_request(request: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = {**vars(request)}
    if state.get("timeout") is not _default_timeout():
        return as_stock(request)
    del state["timeout"]
    return _rebuild.reduced("network:http_connection", type(request), state=state)


@recipe(
    "selectors:EpollSelector",
    "selectors:PollSelector",
    "selectors:SelectSelector",
    "selectors:KqueueSelector",
    policy=Policy.FRESH,
    subclasses=True,
    meaning="a selector that watches nothing; one that watches descriptors of this process is refused",
)
def _reduce_selector(selector: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if selector.get_map():
        refuse(
            selector,
            "it watches descriptors of this process",
            hint="make it on the other side, over what is opened there",
        )
    return _rebuild.reduced("network:selector", type(selector))


def selector(cls: Any) -> Any:
    """A selector that watches nothing."""
    return cls()


# --- TLS --------------------------------------------------------------------------------------------------------

_SETTINGS = (
    "options",
    "minimum_version",
    "maximum_version",
    "verify_flags",
    "check_hostname",
    "verify_mode",
    "post_handshake_auth",
    "hostname_checks_common_name",
    "keylog_filename",
)
"""In the order in which they can be set."""


@recipe(
    "ssl:SSLContext",
    policy=Policy.COPY,
    subclasses=True,
    meaning="a context for clients with the same settings, authorities, ciphers and ALPN protocols, without a "
    "certificate of its own; contexts for servers are refused",
)
def _reduce_context(context: Any, policy: Policy, crossing: Crossing) -> Reduced:
    import ssl

    from anypickle.reducers._client_hello import offered_protocols

    if context.protocol is not ssl.PROTOCOL_TLS_CLIENT:
        refuse(
            context,
            "it is not for clients only, and its private key can't be read out of it",
            hint="make it on the other side, from the files of its certificate and key",
        )
    settings = {name: getattr(context, name) for name in _SETTINGS if hasattr(context, name)}
    settings = {k: int(v) if isinstance(v, int) else v for k, v in settings.items()}
    ciphers = [
        cipher["name"] for cipher in context.get_ciphers() if "TLSv1.3" not in cipher["protocol"]
    ]
    return _rebuild.reduced(
        "network:client_context",
        type(context),
        settings,
        b"".join(context.get_ca_certs(binary_form=True)),
        ":".join(ciphers),
        offered_protocols(context),
    )


def client_context(
    cls: Any, settings: dict[str, Any], authorities: bytes, ciphers: str, alpn: list[str]
) -> ssl.SSLContext:
    """A context for clients."""
    import ssl

    made: ssl.SSLContext = ssl.SSLContext.__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    for name, value in settings.items():
        if value is not None:
            setattr(made, name, value)
    if authorities:
        made.load_verify_locations(cadata=authorities)
    if ciphers:
        made.set_ciphers(ciphers)
    if alpn:
        made.set_alpn_protocols(alpn)
    return made


# --- XML-RPC ----------------------------------------------------------------------------------------------------


@recipe(
    "xmlrpc.client:ServerProxy",
    policy=Policy.FRESH,
    subclasses=True,
    meaning="a proxy with the same address and settings that connects at its next call",
)
def _reduce_proxy(proxy: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return (
        *_rebuild.reduced("network:server_proxy", type(proxy), state={**vars(proxy)}),
        None,
        None,
        fill,
    )


def server_proxy(cls: type) -> Any:
    """A proxy that `fill` completes: every attribute of it that pickle may ask for is a remote method."""
    return bare(cls)


def fill(obj: Any, state: dict[str, Any]) -> None:
    """Sets the attributes of an object that answers to any name."""
    vars(obj).update(state)
