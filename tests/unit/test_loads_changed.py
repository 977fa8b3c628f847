"""A class or module that changed between dump and load: the error says by name what this side lacks."""

from __future__ import annotations

import pickle
import sys
import textwrap
import warnings
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


FIELDS = "from dataclasses import dataclass, field\n@dataclass{}\nclass Model:\n    size: int = 1\n"
MORE = "    rates: list = field(default_factory=list)\n"


def warnings_after(old: str, new: str, make: str = "Model()") -> list[str]:
    sys.modules.pop("shop", None)
    Path("shop.py").write_text(old)
    import shop

    data = pickle.dumps(eval(make, vars(shop)))
    del sys.modules["shop"]
    Path("shop.py").write_text(new)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        anypickle.loads(data)
    assert all(warning.category is anypickle.PolicyWarning for warning in caught)
    assert all(warning.filename == __file__ for warning in caught)
    return [str(warning.message).partition(":")[0] for warning in caught]


@pytest.mark.usefixtures("versions")
@pytest.mark.parametrize("how", ["", "(slots=True)", "(frozen=True)", "(frozen=True, slots=True)"])
def test_fields_that_a_stream_lacks_are_named_when_the_instance_arrives(how: str) -> None:
    old = FIELDS.format(how)
    lacks = ["shop.Model arrives without its field 'rates'"]
    assert warnings_after(old, old + MORE) == lacks
    assert warnings_after(old, old + MORE, "[Model() for _ in range(9)]") == lacks
    assert warnings_after(old + MORE, old + MORE) == []
    with_default = "    rate: int = 2\n"
    reaches_it = "slots" not in how
    assert bool(warnings_after(old, old + with_default)) is not reaches_it
    for decides in ("__getattr__(self, name)", "__getstate__(self)"):
        if how != "(frozen=True, slots=True)":
            assert (
                warnings_after(old, f"{old}{MORE}    def {decides}: raise AttributeError\n") == []
            )


@pytest.mark.usefixtures("versions")
def test_many_fields_and_fields_that_init_does_not_set() -> None:
    old = FIELDS.format("") + "".join(f"    f{i}: int = {i}\n" for i in range(40))
    assert warnings_after(old, old) == []
    assert warnings_after(old, old + MORE) == ["shop.Model arrives without its field 'rates'"]
    assert warnings_after(old, old + "    cache: list = field(init=False)\n") == []
    own = "    def __init__(self): self.size = 2\n"
    assert warnings_after(old, f"{old}{MORE}{own}".replace("@dataclass", "@dataclass(init=False)")) == []  # fmt: skip


@pytest.mark.usefixtures("versions")
def test_values_never_go_to_fields_of_another_layout() -> None:
    listed, plain = FIELDS.format("(frozen=True, slots=True)"), FIELDS.format("(slots=True)")
    said = warnings_after(listed + MORE, listed)
    assert said == [
        "the stream has 2 values for the fields of shop.Model, which has 1 here ('size')"
    ]
    with pytest.raises(anypickle.UnpicklingError, match="a tuple, which holds 'size', 'rates'"):
        warnings_after(plain + MORE, listed + MORE)
    with pytest.raises(anypickle.UnpicklingError, match="state is not a dictionary") as caught:
        warnings_after(listed, plain)
    assert "a list as the state of a shop.Model" in caught.value.__notes__[0]


@pytest.mark.usefixtures("versions")
def test_the_warning_can_be_an_error() -> None:
    old = FIELDS.format("")
    Path("shop.py").write_text(old + MORE)
    data = b"\x80\x04cshop\nModel\n)\x81}(\x8c\x04sizeK\x05ub."
    for _ in range(2):
        with warnings.catch_warnings(), pytest.raises(anypickle.PolicyWarning):
            warnings.simplefilter("error")
            anypickle.loads(data)


@pytest.mark.usefixtures("versions")
def test_an_error_of_the_class_itself_gets_no_note() -> None:
    Path("shop.py").write_text("class Model:\n    def __setstate__(self, state): raise OSError\n")
    import shop

    made = shop.Model()
    made.size = 1
    with pytest.raises(OSError) as caught:
        anypickle.loads(anypickle.dumps(made))
    assert not hasattr(caught.value, "__notes__")
