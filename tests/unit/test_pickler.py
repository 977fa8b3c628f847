"""Pickler: hooks, memo, and what subclasses may do."""

import collections
import copyreg
import datetime
import io
import pickle
import types

import pytest

import anypickle
from anypickle import Pickler
from tests.helpers.graphs import assert_same_graph

Point = collections.namedtuple("Point", "x y")


def dumped(pickler_class, value, protocol=None, **attributes):
    file = io.BytesIO()
    pickler = pickler_class(file, protocol)
    for name, attribute in attributes.items():
        setattr(pickler, name, attribute)
    pickler.dump(value)
    return file.getvalue()


class Thing:
    pass


class Loader(pickle.Unpickler):
    def persistent_load(self, pid):
        return ("persistent", pid)


def test_dispatch_table_is_a_member_that_subclasses_may_shadow_or_set():
    assert isinstance(Pickler.dispatch_table, types.MemberDescriptorType)
    table = {Thing: lambda thing: (int, ("5",))}
    assert pickle.loads(dumped(Pickler, Thing(), dispatch_table=table)) == 5

    class WithTable(Pickler):
        dispatch_table = table

    assert pickle.loads(dumped(WithTable, Thing())) == 5

    class Setting(Pickler):
        def __init__(self, file, protocol=None):
            super().__init__(file, protocol)
            Pickler.dispatch_table.__set__(self, {Thing: lambda thing: (int, ("6",))})

    assert pickle.loads(dumped(Setting, Thing())) == 6
    with pytest.raises(AttributeError):
        _ = Pickler(io.BytesIO()).dispatch_table


def test_copyreg_counts_from_the_moment_it_is_changed(monkeypatch):
    assert type(pickle.loads(dumped(Pickler, Thing()))) is Thing
    monkeypatch.setitem(copyreg.dispatch_table, Thing, lambda thing: (int, ("7",)))
    assert pickle.loads(dumped(Pickler, Thing())) == 7


@pytest.mark.parametrize("protocol", range(6))
def test_persistent_ids(protocol):
    def identify(obj):
        return "id" if type(obj) is Thing else None

    class Persistent(Pickler):
        def persistent_id(self, obj):
            return identify(obj)

    data = dumped(Persistent, [Thing(), 1], protocol)
    assert Loader(io.BytesIO(data)).load() == [("persistent", "id"), 1]
    data = dumped(Pickler, [Thing(), 1], protocol, persistent_id=identify)
    assert Loader(io.BytesIO(data)).load() == [("persistent", "id"), 1]


def test_persistent_ids_may_be_objects():
    class Persistent(Pickler):
        def persistent_id(self, obj):
            return ("id", [1]) if type(obj) is Thing else None

    assert Loader(io.BytesIO(dumped(Persistent, Thing()))).load() == ("persistent", ("id", [1]))


def test_reducer_override_goes_before_tables_and_may_decline():
    class Overriding(Pickler):
        def reducer_override(self, obj):
            return (int, ("8",)) if isinstance(obj, Thing) else NotImplemented

    assert pickle.loads(dumped(Overriding, [Thing(), Thing], dispatch_table={Thing: None})) == [
        8,
        Thing,
    ]


def test_the_memo_lasts_until_it_is_cleared():
    file = io.BytesIO()
    pickler = Pickler(file)
    shared = [1]
    pickler.dump(shared)
    first = file.tell()
    pickler.dump(shared)
    assert file.tell() - first < first
    copy = pickler.memo.copy()
    assert copy[id(shared)] == (0, shared)
    pickler.clear_memo()
    assert pickler.memo.copy() == {}
    pickler.memo = copy
    assert pickler.memo.copy() == copy
    other = Pickler(io.BytesIO())
    other.memo = pickler.memo
    assert pickle.loads(pickle.dumps(other.memo.copy())).keys() == copy.keys()
    for wrong in (1, {1: 2}, {1: ("a", 2)}):
        with pytest.raises(TypeError):
            pickler.memo = wrong


def test_a_pickler_that_is_dumping_refuses_another_dump():
    class Reenters:
        def __reduce__(self):
            pickler.dump(1)
            return int, ()

    pickler = Pickler(io.BytesIO())
    with pytest.raises(RuntimeError, match="dumping"):
        pickler.dump(Reenters())
    pickler.dump(1)


def test_fast_leaves_the_memo_out_and_still_notices_cycles():
    file = io.BytesIO()
    pickler = Pickler(file, 2)
    pickler.fast = 1
    shared = ["x"]
    pickler.dump([shared, shared])
    assert pickle.BINPUT not in file.getvalue()
    loop = []
    loop.append(loop)
    with pytest.raises(ValueError, match="cyclic"):
        pickler.dump(loop)


def test_an_init_that_was_forgotten_is_told():
    class Forgetful(Pickler):
        def __init__(self):
            pass

    with pytest.raises(
        pickle.PicklingError, match=r"Pickler.__init__\(\) was not called by Forgetful"
    ):
        Forgetful().dump(1)


def test_a_file_gets_large_objects_as_they_are():
    class Chunks(list):
        write = list.append

    chunks = Chunks()
    large = b"x" * 1_000_000
    Pickler(chunks, 5).dump(["a", large, "b"])
    assert any(chunk is large for chunk in chunks)
    assert pickle.loads(b"".join(chunks)) == ["a", large, "b"]


def test_all_dumps_of_one_pickler_share_what_the_first_has_written():
    """Also where the first was written quickly: stock pickle loads the same graph from all of them."""
    thing, other = Thing(), Thing()
    thing.day, thing.names, other.peer = datetime.date(2020, 1, 2), ["a", "b"], thing
    point = Point(1, [2])
    first = [
        thing,
        point,
        "text",
        b"bytes",
        (1, ["x"]),
        {"k": {"v"}},
        frozenset((1, "y")),
        thing.day,
    ]
    rest = [first[3:], [thing.names, other], point[1], vars(thing), vars(other), point, first]
    ours, stock = io.BytesIO(), io.BytesIO()
    for file, pickler in ((ours, Pickler(ours, 5)), (stock, pickle.Pickler(stock, 5))):
        for value in [first, *rest]:
            pickler.dump(value)
        file.seek(0)
    loaded = []
    for file in (ours, stock):
        unpickler = pickle.Unpickler(file)
        loaded.append([unpickler.load() for _ in range(1 + len(rest))])
    assert_same_graph(loaded[0], loaded[1])
    assert loaded[0][1][0] is loaded[0][0][3] and loaded[0][2][1].peer is loaded[0][0][0]


def test_its_memo_is_that_of_stock_where_nothing_is_made_for_it():
    value = ["a", {"b": ("c", [1])}, {2, "d"}, frozenset((3,)), b"e", Thing()]
    ours, stock = Pickler(io.BytesIO(), 5), pickle.Pickler(io.BytesIO(), 5)
    ours.dump(value)
    stock.dump(value)
    assert ours.memo.copy() == stock.memo.copy()


def test_what_it_has_written_stays_alive_while_it_may_be_met_again():
    file = io.BytesIO()
    pickler = Pickler(file, 5)
    for number in range(200):
        pickler.dump([[number], Thing(), f"{number}"])
    file.seek(0)
    unpickler = pickle.Unpickler(file)
    assert [unpickler.load()[0][0] for _ in range(200)] == list(range(200))


def test_a_table_of_its_own_counts_for_what_is_written_quickly_too():
    table = {Thing: lambda thing: (int, ("5",)), datetime.date: lambda day: (str, ("day",))}
    value = [Thing(), datetime.date(2020, 1, 1), Point(1, 2)]
    assert pickle.loads(dumped(Pickler, value, dispatch_table=table)) == [5, "day", Point(1, 2)]
    assert pickle.loads(dumped(Pickler, value[1:], dispatch_table={})) == value[1:]


def test_a_dump_that_fails_leaves_no_half_of_it_in_the_memo():
    file = io.BytesIO()
    pickler = Pickler(file, 5)
    shared = ["shared"]
    with pytest.raises(TypeError):
        pickler.dump([shared, (i for i in ())])
    pickler.clear_memo()
    file.seek(0)
    file.truncate()
    pickler.dump([shared, shared])
    back = pickle.loads(file.getvalue())
    assert back == [shared, shared] and back[0] is back[1]


@pytest.mark.parametrize("size", [10, 3_000, 60_000, 400_000])
@pytest.mark.large
def test_a_file_gets_a_frame_at_a_time(size):
    class Chunks(list):
        write = list.append

    value = [[i, str(i)] for i in range(size)]
    for dump in (
        lambda chunks: Pickler(chunks, 5).dump(value),
        lambda chunks: anypickle.dump(value, chunks),
    ):
        chunks = Chunks()
        assert dump(chunks) is None
        assert pickle.loads(b"".join(chunks)) == value
        assert max(map(len, chunks)) < 2**17
