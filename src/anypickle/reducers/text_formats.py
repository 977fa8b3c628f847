"""The readers and writers of `csv` and `json` that are written in C, and `struct`'s and `codecs`' objects.

Each is made again from its settings and what it reads or writes. What a reader reads is only visible to the garbage
collector, which shows what an object refers to.
"""

from __future__ import annotations

import gc
import itertools
from types import SimpleNamespace
from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import rest
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

_DIALECT = (
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
)
_HOOKS = (
    "strict",
    "object_hook",
    "object_pairs_hook",
    "parse_float",
    "parse_int",
    "parse_constant",
    "array_hook",  # as of Python 3.15
)


# --- csv --------------------------------------------------------------------------------------------------------


def _settings(dialect: Any) -> dict[str, Any]:
    return {name: getattr(dialect, name) for name in _DIALECT}


@recipe("_csv:Dialect", policy=Policy.COPY, meaning="the same dialect")
def _reduce_dialect(dialect: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("text_formats:dialect", _settings(dialect))


def dialect(settings: dict[str, Any]) -> Any:
    """The dialect in C with these settings."""
    import csv

    return csv.reader((), **settings).dialect


@recipe(
    "_csv:reader", policy=Policy.COPY, meaning="a reader of the copy of its lines, at the same line"
)
def _reduce_reader(reader: Any, policy: Policy, crossing: Crossing) -> Reduced:
    made_of = [part for part in gc.get_referents(reader) if part is not type(reader)]
    lines, pending = made_of[1], made_of[2:]
    if any(pending):
        refuse(reader, "it is in the middle of a row", hint="read the row to its end first")
    return _rebuild.reduced(
        "text_formats:reader", lines, reader.line_num, _settings(reader.dialect)
    )


def reader(lines: Any, line_num: int, settings: dict[str, Any]) -> Any:
    """A reader of `lines` that counts from `line_num`."""
    import csv

    if line_num == 0:
        return csv.reader(lines, **settings)
    made = csv.reader(itertools.chain(itertools.repeat("", line_num), lines), **settings)
    for _ in range(line_num):
        next(made)
    return made


@recipe("_csv:writer", policy=Policy.COPY, meaning="a writer to the copy of its file")
def _reduce_writer(writer: Any, policy: Policy, crossing: Crossing) -> Reduced:
    write = gc.get_referents(writer)[1]
    return _rebuild.reduced("text_formats:writer", write, _settings(writer.dialect))


def writer(write: Any, settings: dict[str, Any]) -> Any:
    """A writer that hands its rows to `write`."""
    import csv

    return csv.writer(SimpleNamespace(write=write), **settings)


# --- json -------------------------------------------------------------------------------------------------------


@recipe("_json:Scanner", policy=Policy.COPY, meaning="a scanner with the same hooks")
def _reduce_scanner(scanner: Any, policy: Policy, crossing: Crossing) -> Reduced:
    hooks = {name: getattr(scanner, name) for name in _HOOKS if hasattr(scanner, name)}
    return _rebuild.reduced("text_formats:json_scanner", hooks)


def json_scanner(hooks: dict[str, Any]) -> Any:
    """A scanner in C with these hooks."""
    import json.scanner

    make: Any = json.scanner.make_scanner
    return make(SimpleNamespace(**(dict.fromkeys(_HOOKS) | hooks)))


_ENCODER = ("markers", "default", "encoder", "indent", "key_separator", "item_separator")


@recipe("_json:Encoder", policy=Policy.COPY, meaning="an encoder with the same settings")
def _reduce_encoder(encoder: Any, policy: Policy, crossing: Crossing) -> Reduced:
    settings = [getattr(encoder, name) for name in _ENCODER]
    if settings[0]:
        refuse(encoder, "it is in the middle of an object", hint="let it come to its end first")
    flags = encoder.sort_keys, encoder.skipkeys, _allows_nan(encoder)
    return _rebuild.reduced("text_formats:json_encoder", *settings, *flags)


def _allows_nan(encoder: Any) -> bool:
    """It has no attribute for this; no code but its own runs."""
    try:
        encoder(float("nan"), 0)
    except ValueError:
        return False
    return True


def json_encoder(*settings: Any) -> Any:
    """An encoder in C with these settings."""
    import json.encoder

    make: Any = json.encoder.c_make_encoder  # type: ignore[attr-defined]
    return make(*settings)


# --- struct, codecs ---------------------------------------------------------------------------------------------


@recipe("_struct:Struct", policy=Policy.COPY, subclasses=True, meaning="the same format")
def _reduce_struct(made: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = getattr(made, "__dict__", None) or None
    return _rebuild.reduced("text_formats:structure", type(made), made.format, state=state)


def structure(cls: Any, format_: str) -> Any:
    """A Struct of this format."""
    import struct

    made = cls.__new__(cls, format_)
    struct.Struct.__init__(made, format_)
    return made


@recipe("codecs:CodecInfo", policy=Policy.REFERENCE, meaning="the codec of that name over there")
def _reduce_codec(info: Any, policy: Policy, crossing: Crossing) -> Reduced:
    import codecs

    if codecs.lookup(info.name).name != info.name:
        refuse(info, f"no codec is registered as {info.name!r}")
    return _rebuild.reduced("text_formats:codec", info.name)


def codec(name: str) -> Any:
    """A codec by name."""
    import codecs

    return codecs.lookup(name)


@recipe(
    "codecs:StreamReader",
    "codecs:StreamWriter",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the same state over the copy of its stream",
)
def _reduce_stream(stream: Any, policy: Policy, crossing: Crossing) -> Reduced:
    state = rest(stream, ("stream", "errors"))
    made_of = type(stream), stream.stream, stream.errors
    return (*_rebuild.reduced("text_formats:stream", *made_of, state=state or {}), None, None, fill)


def stream(cls: Any, inner: Any, errors: str) -> Any:
    """A stream of a codec over another stream."""
    return cls(inner, errors)


@recipe(
    "codecs:StreamReaderWriter",
    "codecs:StreamRecoder",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the same pair over the copy of its stream",
)
def _reduce_pair(pair: Any, policy: Policy, crossing: Crossing) -> Reduced:
    made = _rebuild.reduced("text_formats:pair", type(pair), state={**vars(pair)})
    return (*made, None, None, fill)


def pair(cls: Any) -> Any:
    """A reader and writer in one, which `fill` completes."""
    return cls.__new__(cls)


def fill(stream: Any, state: dict[str, Any]) -> None:
    """Sets what it has read ahead; asked for other attributes, it answers with those of its inner stream."""
    vars(stream).update(state)
