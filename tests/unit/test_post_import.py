from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from anypickle.channels._patches import Patches
from anypickle.post_import import PostImport


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module that nobody has imported yet."""
    name = "library_of_a_test"
    (tmp_path / f"{name}.py").write_text("answer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    sys.modules.pop(name, None)


@pytest.fixture
def called() -> list[ModuleType]:
    return []


def test_calls_back_when_the_module_has_been_executed(library, called):
    hooks = PostImport({library: lambda module: called.append(module.answer)})
    hooks.start()
    try:
        assert called == []
        importlib.import_module(library)
        importlib.import_module(library)
        assert called == [42]
    finally:
        hooks.stop()


def test_calls_back_at_once_for_a_module_that_is_there(library, called):
    module = importlib.import_module(library)
    hooks = PostImport({library: called.append})
    hooks.start()
    hooks.stop()
    assert called == [module]


def test_leaves_spec_and_loader_of_a_plain_import(library, called):
    plain = importlib.import_module(library)
    del sys.modules[library]
    hooks = PostImport({library: called.append})
    hooks.start()
    try:
        module = importlib.import_module(library)
    finally:
        hooks.stop()
    assert called == [module]
    assert type(module.__loader__) is type(plain.__loader__)
    assert type(module.__spec__.loader) is type(plain.__spec__.loader)
    assert module.__spec__.origin == plain.__spec__.origin


def test_stop_leaves_meta_path_as_it_was(library, called):
    before = list(sys.meta_path)
    hooks = PostImport({library: called.append})
    hooks.start()
    hooks.start()
    hooks.stop()
    assert sys.meta_path == before
    importlib.import_module(library)
    assert called == []


def test_a_callback_that_fails_is_a_warning_and_the_import_succeeds(library):
    hooks = PostImport({library: lambda module: module.missing})
    hooks.start()
    try:
        with pytest.warns(RuntimeWarning, match="leaves library_of_a_test as it is"):
            assert importlib.import_module(library).answer == 42
    finally:
        hooks.stop()


def test_a_module_that_is_nowhere_stays_an_import_error(called):
    hooks = PostImport({"module_that_is_nowhere": called.append})
    hooks.start()
    try:
        with pytest.raises(ModuleNotFoundError, match="module_that_is_nowhere"):
            importlib.import_module("module_that_is_nowhere")
    finally:
        hooks.stop()


class Base:
    def inherited(self) -> str:
        return "base"


class Thing(Base):
    def own(self) -> str:
        return "own"


def test_patches_are_taken_back_exactly():
    before = dict(vars(Thing))
    patches = Patches()
    patches.attribute(Thing, "own", lambda self: "ours")
    patches.attribute(Thing, "own", lambda self: "ours again")
    patches.attribute(Thing, "inherited", lambda self: "ours")
    patches.delete(Thing, "nothing")
    assert (Thing().own(), Thing().inherited()) == ("ours again", "ours")
    patches.revert()
    assert dict(vars(Thing)) == before


def test_a_deleted_attribute_comes_back():
    before = dict(vars(Thing))
    patches = Patches()
    patches.delete(Thing, "own")
    assert not hasattr(Thing, "own")
    patches.revert()
    assert dict(vars(Thing)) == before


def test_what_somebody_else_replaced_since_is_left_to_them():
    patches = Patches()
    patches.attribute(Thing, "extra", 1)
    Thing.extra = 2
    patches.revert()
    assert Thing.extra == 2
    del Thing.extra
