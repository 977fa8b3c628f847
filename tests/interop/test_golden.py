"""Streams of every release, protocol and kind are read by us and by stock, and give the same values for ever."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

import anypickle
from tests.helpers.graphs import assert_same_graph
from tests.interop.kinds import kinds
from tests.interop.make_golden import DIRECTORY, streams, value_streams
from tests.interop.value_kinds import KINDS

_FILES = sorted(path for path in DIRECTORY.glob("*.json") if not path.stem.startswith("values"))
_VALUES = sorted(DIRECTORY.glob("values-*.json"))
_READERS = {"anypickle": anypickle.loads, "stock": pickle.loads}


def test_there_are_streams_of_stock_and_of_ours() -> None:
    assert {path.name.partition("-")[0] for path in _FILES} == {"stock", "anypickle"}


@pytest.mark.parametrize("reader", _READERS)
@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_golden_streams_give_their_values(path: Path, reader: str) -> None:
    for protocol, kind, stream in streams(path):
        if kind == "paths" and path.stem.endswith("3.13") and sys.version_info < (3, 13):
            continue  # Python 3.13 named the module pathlib._local, which older ones do not have
        try:
            assert_same_graph(kinds(protocol)[kind](), _READERS[reader](stream))
        except Exception as error:
            error.add_note(f"in {path.name}, protocol {protocol}, {kind}")
            raise


@pytest.mark.parametrize("protocol", range(6))
def test_what_we_write_stock_reads_with_the_same_sharing(protocol: int) -> None:
    for kind, build in kinds(protocol).items():
        value = build()
        try:
            assert_same_graph(value, pickle.loads(anypickle.dumps(value, protocol)))
        except Exception as error:
            error.add_note(f"protocol {protocol}, {kind}")
            raise


@pytest.mark.parametrize("protocol", range(6))
def test_a_golden_stream_cut_short_raises_what_stock_raises(protocol: int) -> None:
    path = next(path for path in _FILES if path.name.startswith("stock"))
    for of_protocol, kind, stream in streams(path):
        if of_protocol != protocol or len(stream) > 5000:
            continue
        for end in range(len(stream)):
            raised = []
            for loads in (pickle.loads, anypickle.loads):
                with pytest.raises(Exception) as caught:
                    loads(stream[:end])
                raised.append(caught.type)
            # Stock calls an empty bytes object "truncated" where the data end just behind it.
            assert raised[1] in (raised[0], EOFError), f"{kind}, {end} of {len(stream)} bytes"


@pytest.mark.parametrize("reader", _READERS)
@pytest.mark.parametrize("path", _VALUES, ids=lambda path: path.stem)
def test_golden_functions_and_classes_do_what_they_did(path: Path, reader: str) -> None:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    there = path.stem.rpartition("-")[2]
    for writer, kind, stream in value_streams(path):
        try:
            if here == there:
                value = _READERS[reader](stream)
                assert eval(KINDS[kind][1], {"value": value}), "it does something else"
                continue
            try:
                _READERS[reader](stream)
            except pickle.UnpicklingError as error:
                assert f"Python {there} " in str(error) and f"Python {here}," in str(error)
            except (
                AttributeError
            ):  # it names what the other Python's dataclasses have and ours have not
                assert kind == "dataclass"
            else:
                assert kind in ("subclass", "abstract class", "enumeration"), "the code was read"
        except Exception as error:
            error.add_note(f"in {path.name}, {writer}, {kind}")
            raise


def test_there_are_golden_functions_of_every_kind() -> None:
    assert _VALUES
    for path in _VALUES:
        assert {(writer, kind) for writer, kind, _ in value_streams(path)} == {
            (writer, kind) for writer in ("dumps", "Pickler") for kind in KINDS
        }
