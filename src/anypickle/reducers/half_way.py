"""What is in the middle of a stream and keeps its place in C, where nobody can read it: refused in words."""

from __future__ import annotations

import sys
from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.registry import Reduced, recipe

__all__: list[str] = []


def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")


_OF_3_14: tuple[str, ...] = ("compression.zstd:ZstdCompressor", "compression.zstd:ZstdDecompressor")
if sys.version_info < (3, 14):
    _OF_3_14 = ()  # the page that lists kinds says what there is

_REFUSALS = {
    "what it was fed so far is only in its library: pass the data, or finish it and pass the result": (
        "zlib:Compress",
        "zlib:Decompress",
        "_bz2:BZ2Compressor",
        "_bz2:BZ2Decompressor",
        "_lzma:LZMACompressor",
        "_lzma:LZMADecompressor",
        *_OF_3_14,
        "_multibytecodec:MultibyteStreamReader",
        "_multibytecodec:MultibyteStreamWriter",
    ),
    "a parser is in the middle of its text: parse to the end and pass the result": (
        "pyexpat:xmlparser",
        "xml.etree.ElementTree:XMLParser",
        "xml.etree.ElementTree:TreeBuilder",
        "xml.sax.expatreader:ExpatParser",
        "builtins:symtable entry",
        "symtable:SymbolTable",
    ),
    "it reads on in something of this process: pass list() of it, or what it is made from": (
        "_struct:unpack_iterator",
        "posix:ScandirIterator",
        "_sre:SRE_Scanner",
    ),
    "it reads a member of an archive: pass what read() gives, or the archive's path and the member's name": (
        "zipfile:ZipExtFile",
        "zipfile:_ZipWriteFile",
        "tarfile:ExFileObject",
    ),
    "it waits for descriptors of this process: make it on the other side, over what is opened there": (
        "select:epoll",
        "select:poll",
        "select:devpoll",
        "select:kqueue",
    ),
    "it holds records of a connection of this process: pass what read() gives": (
        "_ssl:MemoryBIO",
        "_ssl:_SSLSocket",
        "ssl:SSLObject",
        "_ssl:SSLSession",
    ),
    "it goes back to a value in one context of this process: set the variable again on the other side": (
        "_contextvars:Token",
    ),
    "it is an address in the memory of this process: import what it belongs to on the other side": (
        "builtins:PyCapsule",
    ),
}
"""Why, and what to do; and of which kinds that is true."""

for _meaning, _kinds in _REFUSALS.items():
    recipe(*_kinds, policy=Policy.REFUSE, subclasses=True, meaning=_meaning)(_refused)
