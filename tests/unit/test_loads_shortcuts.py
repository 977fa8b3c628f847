"""The shortcuts of loads give what the long way gives: `pickle.loads` of the same stream."""

from __future__ import annotations

import collections
import copyreg
import gc
import pathlib
import pickle
import struct
import sys
import types
import uuid
from datetime import date, datetime
from typing import Any, NamedTuple

import pytest

import anypickle


class Plain:
    pass


class WithProperty:
    seen: list[Any] = []

    @property
    def x(self) -> Any:
        return self.__dict__["x"]

    @x.setter
    def x(self, value: Any) -> None:
        self.seen.append(value)


class WithSetattr:
    def __setattr__(self, name: str, value: Any) -> None:
        raise AssertionError("state goes past __setattr__")


class WithGetattr:
    def __getattr__(self, name: str) -> Any:
        if name == "__setstate__":
            return lambda state: self.__dict__.update(by_getattr=state)
        raise AttributeError(name)


class OwnDict:
    __slots__ = ("hidden",)

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        if not hasattr(self, "hidden"):
            self.hidden: dict[Any, Any] = {}
        return self.hidden


class Slots:
    __slots__ = ("a", "b")


class Mixed(Slots):
    pass


class Pair(NamedTuple):
    left: Any
    right: Any = 2


class Loud(Pair):
    made: list[Any] = []

    def __new__(cls, *args: Any) -> Any:
        cls.made.append(args)
        return super().__new__(cls, *args)


class Dated(date):
    pass


class Raising(Exception):
    pass


def name_of(cls: type) -> bytes:
    return b"c" + cls.__module__.encode() + b"\n" + cls.__qualname__.encode() + b"\n"


def new(cls: type) -> bytes:
    return name_of(cls) + b")\x81"


def instances(cls: type, *states: bytes, count: int = 3) -> bytes:
    """A list of instances that get each of the states in turn."""
    return b"\x80\x04](" + (new(cls) + b"".join(s + b"b" for s in states)) * count + b"e."


def describe(value: Any) -> Any:
    """Everything about a value that a load decides, comparable."""
    if isinstance(value, (list, tuple)):
        return (type(value), [describe(item) for item in value])
    if isinstance(value, dict):
        return (type(value), [(describe(k), describe(v)) for k, v in value.items()])
    slots = {name: getattr(value, name) for name in ("a", "b") if hasattr(value, name)}
    if type(value) is object:
        return object
    if type(value).__module__ == __name__:
        return (type(value), list(getattr(value, "__dict__", {}).items()), slots)
    return (type(value), value)


def outcome(loads: Any, data: bytes) -> Any:
    try:
        return describe(loads(data))
    except Exception as error:
        return (type(error), str(error))


STATES = [
    b"}(\x8c\x01aK\x01\x8c\x01bK\x02u",
    b"}(\x8c\x01aK\x01\x8c\x01aK\x02u",  # the same key twice
    b"}(K\x05K\x06u",  # a key that is no str
    b"}(\x8c\x01xK\x01u",
    b"}(\x8c\x0c__setstate__K\x01u",
    b"}(u",
    b"}",
    b"N",
    b"K\x05",
    b"}(\x8c\x01aK\x01\x8c\x01bu",  # a key without a value
    b"N}(\x8c\x01aK\x01\x8c\x01bK\x02u\x86",
    b"N}(\x8c\x01aK\x01\x8c\x01aK\x02u\x86",
    b"N}(\x8c\x01cK\x01u\x86",
    b"}(\x8c\x01cK\x01u}(\x8c\x01aK\x02u\x86",
    b"N}\x94(\x8c\x01aK\x01u\x86\x94",
    b"}\x94(\x8c\x01a\x94K\x01u",
    b"}(" + b"".join(b"\x8c\x03a%02dK\x01" % i for i in range(50)) + b"u",
    b"}\x8c\x01aK\x01s",
    b"}\x94\x8c\x01xK\x01s",
    b"}\x8c\x0c__setstate__K\x01s",
    b"}K\x05K\x06s",
    b"}\x8c\x01aK\x01s\x8c\x01bK\x02s",
    b"}(\x8c\x01aK\x01u\x8c\x01bK\x02s",
    b"N}\x8c\x01aK\x01s\x86",
    b"N}\x94\x8c\x01cK\x01s\x86\x94",
    b"]\x8c\x01aK\x01s",  # an item of a list
]
CLASSES = [
    Plain,
    WithProperty,
    WithSetattr,
    WithGetattr,
    OwnDict,
    Slots,
    Mixed,
    Raising,
    Pair,
    dict,
]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_state_goes_where_pickle_puts_it(cls: type) -> None:
    for first in STATES:
        for second in STATES:
            data = instances(cls, first, second)
            assert outcome(anypickle.loads, data) == outcome(pickle.loads, data), (first, second)


def test_attribute_names_are_interned() -> None:
    loaded = anypickle.loads(instances(Plain, b"}(\x8c\x0aattr_nameAK\x01u"))
    assert all(next(iter(vars(one))) is sys.intern("attr_nameA") for one in loaded)


def test_a_class_that_changes_is_seen_to_have_changed() -> None:
    class Changing:
        pass

    Changing.__qualname__ = "Changing"
    globals()["Changing"] = Changing
    data = instances(Changing, b"}(\x8c\x01aK\x01u")
    assert [vars(one) for one in anypickle.loads(data)] == [{"a": 1}] * 3
    Changing.__setstate__ = lambda self, state: self.__dict__.update(got=state)  # type: ignore
    assert [vars(one) for one in anypickle.loads(data)] == [{"got": {"a": 1}}] * 3
    del Changing.__setstate__  # type: ignore
    Changing.a = property(lambda self: "hidden")  # type: ignore
    assert [(one.a, vars(one)) for one in anypickle.loads(data)] == [("hidden", {"a": 1})] * 3
    del globals()["Changing"]


@pytest.mark.parametrize("items", [b"(\x8c\x01aK\x01u", b"\x8c\x01aK\x01s"])
def test_a_state_that_is_shared_stays_shared(items: bytes) -> None:
    # the dict goes into the memo, then to an instance, then into the list
    data = b"\x80\x04](" + new(Plain) + b"}q\x07" + items + b"bh\x07e."
    one, state = anypickle.loads(data)
    assert state == {"a": 1} and vars(one) == {"a": 1} and vars(one) is not state


def test_an_instance_may_be_its_own_attribute() -> None:
    one = Plain()
    one.me, one.others = one, [one]  # type: ignore
    loaded = anypickle.loads(pickle.dumps(one))
    assert loaded.me is loaded and loaded.others[0] is loaded


@pytest.mark.parametrize(
    "arguments", [b")", b"K\x01\x85", b"K\x01K\x02\x86", b"K\x01K\x02K\x03\x87"]
)
@pytest.mark.parametrize(
    "cls", [Pair, Loud, tuple, Plain, int, object], ids=lambda cls: cls.__name__
)
def test_new_gets_its_arguments(cls: type, arguments: bytes) -> None:
    for opcode in (b"\x81", b"R", b"\x94\x81", b"\x94R", b"q\x00\x81", b"q\x00R"):
        data = b"\x80\x04" + name_of(cls) + arguments + opcode + b"."
        assert outcome(anypickle.loads, data) == outcome(pickle.loads, data), data
        Loud.made.clear()


def test_named_tuples_are_what_their_class_makes_of_them() -> None:
    data = pickle.dumps([Pair(1, 2), Loud(3, 4)])
    Loud.made.clear()
    assert anypickle.loads(data) == [(1, 2), (3, 4)]
    assert Loud.made == [(3, 4)]
    Changed = collections.namedtuple("Changed", "x y")
    globals()["Changed"] = Changed
    data = pickle.dumps([Changed(1, 2)] * 1)
    assert anypickle.loads(data) == [(1, 2)]
    kept = Changed.__new__.__code__
    Changed.__new__.__code__ = (lambda _cls, x, y: "replaced").__code__
    assert anypickle.loads(data) == pickle.loads(data) == ["replaced"]
    Changed.__new__.__code__ = kept
    assert type(anypickle.loads(data)[0]) is Changed
    del globals()["Changed"]


@pytest.mark.parametrize("cls", [date, datetime, Dated])
def test_dates_are_what_their_class_makes_of_the_bytes(cls: type) -> None:
    plausible = [
        b"\x07\xea\x02\x1d",
        b"\x07\xe8\x02\x1d",
        b"\x00\x00\x01\x01",
        b"\x07\xea\x0d\x01",
        b"\x27\x0f\x0c\x1f",
    ]
    for day in plausible:
        for rest in (
            b"",
            b"\x17\x3b\x3b\x0f\x42\x3f",
            b"\x18\x00\x00\x00\x00\x00",
            b"\x00\x00\x00\x0f\x42\x40",
            b"\x00",
        ):
            state = day + rest
            data = b"\x80\x04" + name_of(cls) + b"C" + bytes([len(state)]) + state + b"\x85R."
            assert outcome(anypickle.loads, data) == outcome(pickle.loads, data), (cls, state)
            folded = day[:2] + bytes([day[2] | 0x80]) + day[3:] + rest
            data = b"\x80\x04" + name_of(cls) + b"C" + bytes([len(state)]) + folded + b"\x85R."
            assert outcome(anypickle.loads, data) == outcome(pickle.loads, data), (cls, folded)


def test_globals_are_looked_up_each_time() -> None:
    module = types.ModuleType("anypickle_test_module")
    sys.modules[module.__name__] = module
    data = b"\x80\x04\x8c\x15anypickle_test_module\x8c\x05thing\x93."
    try:
        with pytest.raises(AttributeError):
            anypickle.loads(data)
        module.thing = 1  # type: ignore
        assert anypickle.loads(data) == 1
        module.thing = 2  # type: ignore
        assert anypickle.loads(data) == 2
        sys.modules[module.__name__] = types.SimpleNamespace(thing=3)  # type: ignore
        assert anypickle.loads(data) == 3
    finally:
        del sys.modules[module.__name__]
    with pytest.raises(ModuleNotFoundError):
        anypickle.loads(data)


def test_an_import_hook_in_the_builtins_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real, seen = builtins.__import__, []

    def hook(name: str, *args: Any, **kwargs: Any) -> Any:
        seen.append(name)
        return real(name, *args, **kwargs)

    data = pickle.dumps(collections.OrderedDict())
    monkeypatch.setattr(builtins, "__import__", hook)
    anypickle.loads(data)
    assert "collections" in seen


def test_the_memo_keeps_what_is_asked_for() -> None:
    words = [f"word {i} high jig g{i}\n" for i in range(500)]
    value = [words, list(reversed(words)), {w: [w] for w in words}]
    for protocol in range(6):
        loaded = anypickle.loads(pickle.dumps(value, protocol))
        assert loaded == value
        assert loaded[1][0] is loaded[0][-1]
    # GET as int() reads it
    assert anypickle.loads(b"(" + b"K\x01q\x000" * 20 + b"]q\x050g +0_5\nl.") == [[]]


def test_extension_codes_follow_the_registry() -> None:
    copyreg.add_extension(__name__, "Plain", 0xF1)
    try:
        data = b"\x80\x02\x82\xf1)\x81."
        assert type(anypickle.loads(data)) is Plain
        assert type(anypickle.loads(data)) is Plain
    finally:
        copyreg.remove_extension(__name__, "Plain", 0xF1)
        copyreg.clear_extension_cache()
    with pytest.raises(ValueError, match="unregistered"):
        anypickle.loads(data)


def test_nothing_leaks() -> None:
    data = [
        pickle.dumps(
            [Plain(), Pair(1, [2]), {i: str(i) for i in range(50)}, {1.5}, date(1, 1, 1)], p
        )
        for p in range(6)
    ]
    bad = [one[:-3] for one in data]

    def run() -> None:
        for one in data:
            anypickle.loads(one)
        for one in bad:
            with pytest.raises((EOFError, pickle.UnpicklingError)):
                anypickle.loads(one)

    for _ in range(50):
        run()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(300):
        run()
    gc.collect()
    assert sys.getallocatedblocks() - before < 300  # free lists come and go


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 20, 64, 65, 100])
def test_dicts_with_the_keys_of_those_before_are_their_own(size: int) -> None:
    names = [f"key {i}" for i in range(size)]
    rows: list[Any] = [dict.fromkeys(names, i) for i in range(5)]
    rows += [{**rows[0], names[0]: []}, dict(reversed(rows[1].items())), {**rows[2], 5: 6}]
    rows += [{name: (name, [i]) for name in names} for i in range(4)]
    stream = pickle.dumps(rows)
    ours, theirs = anypickle.loads(stream), pickle.loads(stream)
    assert [list(row.items()) for row in ours] == [list(row.items()) for row in theirs]
    assert [gc.is_tracked(row) for row in ours] == [gc.is_tracked(row) for row in theirs]
    for row in ours:
        row["another"] = row.pop(names[0])
        assert list(row)[-1] == "another" and names[0] not in row
    assert [len(row) for row in ours] == [len(row) for row in rows]


def test_a_dict_of_known_shape_can_hold_itself() -> None:
    rows: list[dict[str, Any]] = [{"a": i, "b": None, "c": []} for i in range(5)]
    rows[4]["b"] = rows[4]
    rows[3]["c"].append(rows)
    ours = anypickle.loads(pickle.dumps(rows))
    assert ours[4]["b"] is ours[4] and ours[3]["c"][0] is ours


PATHS = [
    ("/", "a b", "c"),
    ("x", "y.z"),
    (),
    ("/",),
    ("//", "a"),
    ("a", "/", "b"),
    ("a/b", "c"),
    (".", "a"),
    ("", "a"),
    ("..", "\u65e5\u672c"),
    ("a\0b",),
]


@pytest.mark.parametrize("cls", [pathlib.PurePosixPath, pathlib.PosixPath, pathlib.PureWindowsPath])
@pytest.mark.parametrize("parts", PATHS)
def test_paths_come_from_any_parts(cls: Any, parts: tuple[str, ...]) -> None:
    words = b"".join(
        pickle.BINUNICODE + struct.pack("<I", len(p)) + p for p in map(str.encode, parts)
    )
    stream = b"\x80\x04" + name_of(cls) + b"(" + words + b"tR."
    ours, theirs = anypickle.loads(stream), pickle.loads(stream)
    assert type(ours) is type(theirs) and ours == theirs and hash(ours) == hash(theirs)
    assert (str(ours), ours.parts, ours.root) == (str(theirs), theirs.parts, theirs.root)
    assert ours / "more" == theirs / "more" and ours.parent == theirs.parent
    for protocol in range(6):
        value = [cls(*parts), cls(*parts)]
        assert anypickle.loads(pickle.dumps(value, protocol)) == value


def test_a_path_whose_code_has_been_replaced_is_made_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = pickle.dumps([pathlib.PurePosixPath("/a"), pathlib.PurePosixPath("b/c")])
    assert anypickle.loads(stream) == pickle.loads(stream)
    made = []

    def new(cls: Any, *parts: str) -> Any:
        made.append(parts)
        return object()

    monkeypatch.setattr(pathlib.PurePath, "__new__", new)
    anypickle.loads(stream)
    by_ours = made.copy()
    made.clear()
    pickle.loads(stream)
    assert by_ours == made != []


def test_a_uuid_whose_code_has_been_replaced_is_made_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    value = [uuid.uuid4() for _ in range(3)]
    streams = [pickle.dumps(value, protocol) for protocol in range(6)]
    for stream in streams:
        ours = anypickle.loads(stream)
        assert ours == value and [u.is_safe for u in ours] == [uuid.SafeUUID.unknown] * 3
    safe = uuid.UUID(int=5, is_safe=uuid.SafeUUID.safe)
    assert anypickle.loads(pickle.dumps(safe)).is_safe is uuid.SafeUUID.safe
    states: list[Any] = []
    monkeypatch.setattr(uuid.UUID, "__setstate__", lambda self, state: states.append(state))
    anypickle.loads(streams[4])
    assert states == [{"int": u.int} for u in value]


def test_a_uuid_that_is_built_twice_is_built_in_python() -> None:
    state = b"}\x8c\x03intK\x05sb"
    twice = name_of(uuid.UUID) + b")\x81" + state + state.replace(b"\x05", b"\x06") + b"."
    assert anypickle.loads(twice) == uuid.UUID(int=6) == pickle.loads(twice)
    other = name_of(uuid.UUID) + b")\x81}\x8c\x03oddK\x05sb."
    for loads in (anypickle.loads, pickle.loads):
        with pytest.raises(KeyError):
            loads(other)


def test_ints_of_every_length_are_ints() -> None:
    ints = [s * (2**k + d) for k in range(70) for d in (-1, 0, 1) for s in (1, -1)]
    ints += range(-1100, 1100)
    for protocol in range(6):
        loaded = anypickle.loads(pickle.dumps(ints, protocol))
        for ours, theirs in zip(loaded, ints, strict=True):
            assert ours == theirs and str(ours) == str(theirs) and hash(ours) == hash(theirs)
            assert ours.__sizeof__() == theirs.__sizeof__() and ours * 3 - theirs == theirs * 2
            assert ours is theirs or not -5 <= theirs <= 256


class Tenfold(int):
    """Made by __new__ alone, which may answer with anything."""

    def __new__(cls, value: Any) -> Any:
        if value == 3:
            return "three"
        if value == 4:
            return super().__new__(Initialised, value)
        if value == 5:
            raise ValueError("five")
        return super().__new__(cls, value * 10)


class Initialised(Tenfold):
    seen: list[Any] = []

    def __init__(self, value: Any) -> None:
        self.seen.append(value)


def test_classes_that_are_made_by_new() -> None:
    for argument in range(6):
        data = b"\x80\x04" + name_of(Tenfold) + b"K%c\x85R." % argument
        Initialised.seen.clear()
        ours = outcome(anypickle.loads, data), list(Initialised.seen)
        Initialised.seen.clear()
        assert ours == (outcome(pickle.loads, data), list(Initialised.seen))
        assert ours[1] == ([4] if argument == 4 else [])
    none = b"\x80\x04" + name_of(Tenfold) + b")R."
    assert outcome(anypickle.loads, none) == outcome(pickle.loads, none)
