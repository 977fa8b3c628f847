"""dumps and dump write what stock pickle reads, and say no where stock pickle does."""

import collections
import datetime
import decimal
import enum
import fractions
import io
import pathlib
import pickle
import pickletools
import re
import sys
import threading
import uuid
import weakref
from types import SimpleNamespace

import pytest

import anypickle
from tests.helpers.graphs import assert_same_graph

PROTOCOLS = range(6)


class Plain:
    def __init__(self, **attributes):
        vars(self).update(attributes)

    def __eq__(self, other):
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None


class Slots:
    __slots__ = ("left", "right")


class Colour(enum.Enum):
    RED = 1


Point = collections.namedtuple("Point", "x y")

VALUES = [
    None,
    True,
    [0, 1, 255, 256, 65535, 65536, -1, 2**31 - 1, 2**31, -(2**31), 2**63, -(2**63), -128, 10**999],
    [1.5, -0.0, float("inf"), 5e-324],
    ["", "a", "é", "日本", "\ud800", "😀" * 300, "x" * 70000, "é" * 70000, "a\nb\\\r\x1a\0"],
    [b"", b"a" * 300, b"x" * 70000, bytearray(b"abc"), bytearray()],
    [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), tuple(range(16)), tuple(range(17))],
    [[], [1], list(range(3000))],
    [{}, {1: 2}, dict.fromkeys(range(2500)), *(dict.fromkeys(range(n), 0.5) for n in (15, 16, 17))],
    [set(), {1}, set(range(2500)), frozenset(), frozenset(range(9))],
    [Plain(), Plain(a=1, b=[2]), Point(1, [2]), Colour.RED, SimpleNamespace(a=1)],
    [datetime.datetime(2024, 2, 29, 1, 2, 3, fold=1), datetime.timedelta(1), datetime.date.min],
    [datetime.datetime.now(datetime.UTC), datetime.time(1, 2, fold=1)],
    [decimal.Decimal("1.50"), fractions.Fraction(1, 3), uuid.UUID(int=5), 1j, range(5)],
    [pathlib.PurePosixPath("/a/b"), re.compile("a+"), slice(1, 2), ..., NotImplemented],
    [type(None), type(...), type(NotImplemented), int, Plain, len, "".join, Point],
    [collections.OrderedDict(a=1), collections.deque([1, 2], 3), collections.Counter("abca")],
    [collections.defaultdict(list, {1: [2]}), KeyError("a", 1)],
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_stock_pickle_reads_what_is_written(value, protocol):
    expected = pickle.loads(pickle.dumps(value, protocol))
    assert_same_graph(expected, pickle.loads(anypickle.dumps(value, protocol)))
    file = io.BytesIO()
    anypickle.dump(value, file, protocol)
    assert_same_graph(expected, pickle.loads(file.getvalue()))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_pickler_object_writes_the_stream_of_stock(value, protocol):
    ours, stock = io.BytesIO(), io.BytesIO()
    anypickle.Pickler(ours, protocol).dump(value)
    pickle.Pickler(stock, protocol).dump(value)
    if protocol < 4:
        assert ours.getvalue() == stock.getvalue()
    else:  # what a reducer made for its answer alone has no number
        assert pickletools.optimize(ours.getvalue()) == pickletools.optimize(stock.getvalue())


@pytest.mark.parametrize("protocol", range(2, 6))
def test_identity_is_kept(protocol):
    shared = [1]
    text = "".join(["te", "xt"])
    value = [shared, (shared, text), {"k": shared, text: Plain(a=shared)}]
    copy = pickle.loads(anypickle.dumps(value, protocol))
    assert copy[0] is copy[1][0] is copy[2]["k"] is copy[2]["text"].a
    assert copy[1][1] is list(copy[2])[1]


@pytest.mark.parametrize("protocol", range(2, 6))
def test_containers_may_contain_themselves(protocol):
    items = []
    items.append(items)
    copy = pickle.loads(anypickle.dumps(items, protocol))
    assert copy[0] is copy
    pair = ([], 1)
    pair[0].append(pair)
    copy = pickle.loads(anypickle.dumps(pair, protocol))
    assert copy[0][0] is copy
    node = Plain()
    node.all = frozenset([HashableNode(node)])
    copy = pickle.loads(anypickle.dumps(node, protocol))
    assert next(iter(copy.all)).owner is copy


class HashableNode:
    def __init__(self, owner):
        self.owner = owner


def test_what_only_a_reducer_can_reach_again_stays_one_object():
    holder = Plain(items=[[1]])

    class_of_reacher = Reacher
    value = [holder.items, class_of_reacher(weakref.ref(holder))]
    data = pickle.loads(anypickle.dumps([holder, value[1]]))
    assert data[0].items[0] is data[1][0]


class Reacher:
    def __init__(self, holder):
        self.holder = holder

    def __reduce__(self):
        return list, ([self.holder().items[0]],)


@pytest.mark.parametrize(
    "make",
    [
        lambda deep: _nest(lambda inner: [inner], deep),
        lambda deep: _nest(lambda inner: (inner,), deep),
        lambda deep: _nest(lambda inner: {"k": inner}, deep),
        lambda deep: _nest(lambda inner: Plain(next=inner), deep),
    ],
    ids=["list", "tuple", "dict", "instance"],
)
@pytest.mark.large
def test_depth_is_bounded_by_memory_alone(make):
    value = make(100_000)
    data = anypickle.dumps(value)
    copy = pickle.loads(data)
    for _ in range(100_000):
        copy = (
            copy.next
            if isinstance(copy, Plain)
            else next(iter(copy.values()))
            if isinstance(copy, dict)
            else copy[0]
        )
    assert copy is None
    while value is not None:  # let go step by step: not every Python frees deep structures
        value = value.__dict__.popitem()[1] if isinstance(value, Plain) else _inner(value)


@pytest.mark.slow
@pytest.mark.large
def test_a_million_levels_are_written_read_and_freed_in_a_small_stack():
    failures = []

    def run():
        try:
            for wrap, deep in (
                (lambda inner: [inner], 1_000_000),
                (lambda inner: Plain(next=inner), 1_000_000),
                (lambda inner: {"k": inner}, 100_000),
            ):
                value = _nest(wrap, deep)
                copy = anypickle.loads(anypickle.dumps(value))
                assert type(copy) is type(value)
                for top in (value, copy):
                    level = top
                    while level is not None:  # not every Python frees deep structures
                        level = (
                            level.__dict__.popitem()[1]
                            if isinstance(level, Plain)
                            else _inner(level)
                        )
                del value, copy, top
        except BaseException as error:
            failures.append(error)

    previous = threading.stack_size(8 << 20)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(previous)
    assert failures == []


def _nest(wrap, deep):
    value = None
    for _ in range(deep):
        value = wrap(value)
    return value


def _inner(value):
    return (
        value.popitem()[1]
        if isinstance(value, dict)
        else value.pop()
        if isinstance(value, list)
        else value[0]
    )


@pytest.mark.large
def test_endless_temporaries_end_in_recursion_error():
    with pytest.raises(RecursionError):
        anypickle.dumps(Endless())


class Endless:
    def __reduce__(self):
        return list, ([Endless()],)


class Shrinks:
    def __init__(self, victim):
        self.victim = victim

    def __reduce__(self):
        self.victim.clear()
        return int, ()


def test_a_list_that_shrinks_while_it_is_written_ends():
    victim = [1, 2]
    victim[1:1] = [Shrinks(victim)]
    if sys.version_info >= (3, 14, 4):
        with pytest.raises(RuntimeError, match="changed size"):
            anypickle.dumps(victim)
    else:
        assert pickle.loads(anypickle.dumps(victim)) == [1, 0]


def test_a_dict_or_set_that_changes_while_it_is_written_raises():
    victim = {"a": 1}
    victim["b"] = Shrinks(victim)
    victim["c"] = 2
    with pytest.raises(RuntimeError, match="changed size"):
        anypickle.dumps(victim)
    chosen = set()
    chosen.update([Shrinks(chosen), 1, 2])
    with pytest.raises(RuntimeError, match="changed size"):
        anypickle.dumps(chosen)


class Nested:
    def __reduce__(self):
        return pickle.loads, (anypickle.dumps([1, 2]),)


def test_a_reducer_may_dump():
    assert pickle.loads(anypickle.dumps([Nested(), 3])) == [[1, 2], 3]


def test_a_class_whose_name_leads_elsewhere_crosses_by_value(monkeypatch):
    instance = Plain()
    by_name = anypickle.dumps(instance)
    monkeypatch.setitem(globals(), "Plain", object())
    by_value = anypickle.dumps(instance)
    assert by_value != by_name
    assert type(pickle.loads(by_value)) is type(instance)


def test_protocols_and_arguments_are_checked_as_in_stock():
    assert anypickle.dumps(1, -1) == pickle.dumps(1, -1)
    with pytest.raises(ValueError, match="pickle protocol must be <= 5"):
        anypickle.dumps(1, 6)
    with pytest.raises(ValueError, match="buffer_callback needs protocol >= 5"):
        anypickle.dumps(1, 4, buffer_callback=print)
    with pytest.raises(TypeError, match="'write'"):
        anypickle.dump(1, 2)
    with pytest.raises(TypeError):
        anypickle.dumps()
    with pytest.raises(TypeError):
        anypickle.dumps(1, 2, 3)


def test_buffers_leave_the_stream_when_they_are_asked_for():
    buffers = []
    data = bytearray(b"x" * 1000)
    stream = anypickle.dumps(pickle.PickleBuffer(data), 5, buffer_callback=buffers.append)
    assert len(stream) < 100
    assert buffers[0].raw().obj is data
    assert bytes(pickle.loads(stream, buffers=buffers)) == data
    assert pickle.loads(anypickle.dumps(pickle.PickleBuffer(b"in"), 5)) == b"in"
