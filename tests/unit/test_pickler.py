"""Pickler: hooks, memo, and what subclasses may do."""

import copyreg
import io
import pickle
import types

import pytest

from anypickle import Pickler


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
