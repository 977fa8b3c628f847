"""The ALPN protocols that a TLS context for clients offers, which it has no attribute for.

They are read from the first message that it would send, which is made in memory and sent to nobody
(RFC 8446 section 4.1.2, RFC 7301).
"""

from __future__ import annotations

import contextlib
import ssl

__all__ = ["offered_protocols"]

_ALPN = 16
_RANDOM_AND_HEADERS = 5 + 4 + 2 + 32  # record, handshake, version, random


def offered_protocols(context: ssl.SSLContext) -> list[str]:
    """The names of the protocols, in the order of preference."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    name = "localhost" if context.check_hostname else None
    connection = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        connection.do_handshake()
    return _parse(outgoing.read())


def _parse(hello: bytes) -> list[str]:
    at = _RANDOM_AND_HEADERS
    at += 1 + hello[at]  # session
    at += 2 + _short(hello, at)  # ciphers
    at += 1 + hello[at]  # compression
    end = at + 2 + _short(hello, at)
    at += 2
    while at < end:
        kind, size = _short(hello, at), _short(hello, at + 2)
        if kind == _ALPN:
            return _names(hello[at + 6 : at + 4 + size])
        at += 4 + size
    return []


def _names(data: bytes) -> list[str]:
    names = []
    while data:
        names.append(data[1 : 1 + data[0]].decode("ascii"))
        data = data[1 + data[0] :]
    return names


def _short(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
