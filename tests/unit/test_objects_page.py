"""docs/objects.md says of each kind what the registry says, and its examples do what it says."""

from __future__ import annotations

import contextlib
import dbm.dumb
import gc
import gzip
import os
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import anypickle
from anypickle.policy import Channel, Policy
from benchmarks import objects
from benchmarks.object_examples import EXAMPLES, make
from tests.interop.test_zoo import FILES, _names

_OF_THE_PAGE = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the page is of 3.11, which lacks some kinds"
)
REFUSED_AS_IT_IS = {"concurrent.futures._base:Future", "subprocess:Popen"}
"""Kinds whose example is of what is refused until it is done."""


@_OF_THE_PAGE
def test_the_page_is_made_from_the_registry() -> None:
    there, _, measured = objects.PAGE.read_text().partition(objects.BORDER)
    assert there == objects.registry_part(), "python -m benchmarks.objects"
    assert "| anypickle | cloudpickle | dill | pickle |" in measured


@_OF_THE_PAGE
def test_the_page_compares_every_kind_of_the_zoo() -> None:
    measured = objects.PAGE.read_text().partition(objects.BORDER)[2]
    missing = [name for file in FILES for name in _names(file) if f"| {name} |" not in measured]
    assert not missing, "python -m benchmarks.zoo"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with what the examples open."""
    monkeypatch.chdir(tmp_path)
    Path("there").write_text("text")
    with gzip.open("there.gz", "wb"), zipfile.ZipFile("there.zip", "w") as archive:
        archive.writestr("a", "text")
    with contextlib.closing(sqlite3.connect("there.db")) as database:
        database.execute("CREATE TABLE t (n)")
    dbm.dumb.open("there", "c").close()
    yield
    gc.collect()


_KINDS = [
    (example, recipe)
    for kinds, recipe in objects.groups()
    for example in [kind for kind in kinds if kind in EXAMPLES][:1]
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("files")
@pytest.mark.may_leave("processes", "threads", "descriptors")
@pytest.mark.parametrize(("kind", "recipe"), _KINDS, ids=[kind for kind, _ in _KINDS])
def test_the_example_does_what_the_page_says(kind: str, recipe: Any) -> None:
    if kind.startswith("_dbm:"):
        pytest.importorskip("dbm.ndbm", reason="this Python was built without it")
    example = make(EXAMPLES[kind])
    try:
        if recipe.policy_on(Channel.BYTES) is Policy.REFUSE or kind in REFUSED_AS_IT_IS:
            with pytest.raises(TypeError) as caught:
                anypickle.dumps(example)
            assert any("fix: " in note for note in caught.value.__notes__)
        else:
            _end(anypickle.loads(anypickle.dumps(example)))
    finally:
        _end(example)


def _end(example: Any) -> None:
    """Gives back what an example holds."""
    for name in ("terminate", "communicate", "close"):
        if callable(end := getattr(type(example), name, None)):
            with contextlib.suppress(Exception):
                end(example)


@_OF_THE_PAGE
def test_every_kind_has_an_example() -> None:
    assert len(_KINDS) == len(list(objects.groups()))


def test_every_example_is_of_a_kind() -> None:
    kinds = {kind for kinds, _ in objects.groups() for kind in kinds}
    if os.name == "posix":
        assert set(EXAMPLES) <= kinds
