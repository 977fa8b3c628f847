"""A class or module that changed between dump and load: the error says by name what this side lacks."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import anypickle


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield
    sys.modules.pop("shop", None)


def note_after(old: str, new: str | None, make: str, error: type[Exception]) -> str:
    sys.modules.pop("shop", None)
    Path("shop.py").write_text(textwrap.dedent(old))
    import shop  # type: ignore[import-not-found]

    data = anypickle.dumps(eval(make, vars(shop)))
    del sys.modules["shop"]
    if new is None:
        Path("shop.py").unlink()
    else:
        Path("shop.py").write_text(textwrap.dedent(new))
    with pytest.raises(error) as caught:
        anypickle.loads(data)
    (note,) = caught.value.__notes__
    assert note.startswith("anypickle: ") and "\n  fix: " in note
    return note.removeprefix("anypickle: ").partition(".\n")[0].replace(str(Path.cwd()), "")


SLOTS = """
class Model:
    __slots__ = ("size", "{}")
    def __init__(self):
        self.size, self.{} = 1, 2
"""
DATA = (
    "from dataclasses import dataclass\n@dataclass(slots=True)\nclass Model:\n    size: int = 1\n"
)
NAMED = "from typing import NamedTuple\nclass Model(NamedTuple):\n    size: int = 1\n"
ERROR = "class Wrong(Exception):\n    def __init__(self{0}): super().__init__({1})\n"
STATE = (
    "class Model:\n    def __setstate__(self, state): self.{0} = state['{0}']\n    {0} = {0}s = None\n"
    "    def __getstate__(self): return {{'{0}': 1}}\n"
)


@pytest.mark.usefixtures("versions")
def test_the_name_that_is_missing_is_said() -> None:
    no_place = "the stream has an attribute 'rate' for a shop.Model, which has no place for it here: it has 'size', "
    rate, speed = SLOTS.format("rate", "rate"), SLOTS.format("speed", "speed")
    assert note_after(rate, speed, "Model()", AttributeError) == f"{no_place}'speed'"
    rate, speed = f"{DATA}    rate: int = 2\n", f"{DATA}    speed: int = 2\n"
    assert note_after(rate, speed, "Model()", AttributeError) == f"{no_place}'speed'"
    assert note_after("class Model: pass", "class Models: pass", "Model()", AttributeError) == (
        "the stream has shop.Model, and shop (/shop.py) has no 'Model' here (it has 'Models')"
    )
    assert note_after("def run(): pass", None, "run", ModuleNotFoundError) == (
        "the stream has shop.run, and this process can't import shop"
    )
    wider = f"{NAMED}    rate: int = 2\n"
    assert note_after(wider, NAMED, "Model()", TypeError) == (
        "the stream makes a shop.Model of 2 arguments; here it is shop.Model(size: int = 1)"
    )
    old, new = ERROR.format(", a, b", "a, b"), ERROR.format(", a", "a")
    assert note_after(old, new, "Wrong(1, 2)", TypeError) == (
        "the stream makes a shop.Wrong of 2 arguments; here it is shop.Wrong(a)"
    )
    assert note_after(STATE.format("rate"), STATE.format("speed"), "Model()", KeyError) == (
        "the state that the stream has for a shop.Model holds 'rate'"
    )


@pytest.mark.usefixtures("versions")
def test_an_error_of_the_class_itself_gets_no_note() -> None:
    Path("shop.py").write_text("class Model:\n    def __setstate__(self, state): raise OSError\n")
    import shop

    made = shop.Model()
    made.size = 1
    with pytest.raises(OSError) as caught:
        anypickle.loads(anypickle.dumps(made))
    assert not hasattr(caught.value, "__notes__")
