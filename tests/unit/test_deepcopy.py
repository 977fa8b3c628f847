"""_core.deepcopy is copy.deepcopy: the same graph, hooks, tables and memo."""

import collections
import copy
import copyreg
import datetime
import decimal
import threading

import pytest

from anypickle import _core
from tests.helpers.graphs import assert_same_graph


class Plain:
    def __init__(self, **attributes):
        vars(self).update(attributes)


class Slots:
    __slots__ = ("left", "right")


class Copies:
    def __init__(self, inner):
        self.inner = inner

    def __deepcopy__(self, memo):
        twin = Copies(None)
        memo[id(self)] = twin
        twin.inner = copy.deepcopy(self.inner, memo)
        return twin


class Sets:
    def __init__(self):
        self.value = [1]

    def __setstate__(self, state):
        self.restored = state


class DictAndList(dict):
    pass


def slots(**attributes):
    made = Slots()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def shared():
    common = [1, {"k": (2, [3])}]
    return [common, (common, "x"), {"a": common, "b": Plain(c=common)}]


def looped():
    items = [1]
    pair = (items, 2)
    items.append(pair)
    node = Plain(items=items)
    node.me = node
    return [items, pair, node]


VALUES = [
    1,
    "text",
    (1, 2, "x"),
    shared(),
    looped(),
    [Plain(), Plain(a=[1]), slots(left=[1]), slots()],
    {(1, 2): [3], "d": {"e": set()}},
    [datetime.datetime(2024, 1, 1), decimal.Decimal("1.5"), range(3), len, int],
    [collections.OrderedDict(a=[1]), collections.deque([[1]]), collections.Counter("aab")],
    [DictAndList(a=[1]), Copies([1]), frozenset([1]), bytearray(b"x"), {1, 2}],
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_the_copy_is_the_one_that_copy_makes(value):
    assert_same_graph(copy.deepcopy(value), _core.deepcopy(value))


def test_what_is_immutable_through_and_through_is_its_own_copy():
    for value in ((1, (2, "x")), "text", int, len, ()):
        assert _core.deepcopy(value) is value
    assert _core.deepcopy([value := ([],)])[0] is not value


def test_hooks_share_one_memo_with_the_rest():
    common = [1]
    value = [common, Copies(common), common, Copies([common])]
    twin = _core.deepcopy(value)
    assert twin[0] is twin[1].inner is twin[2] is twin[3].inner[0]
    assert twin[0] is not common


def test_the_memo_that_is_passed_is_read_and_filled():
    common, other = [1], [2]
    memo = {id(common): other}
    twin = _core.deepcopy([common, value := {"a": 1}], memo)
    assert twin[0] is other
    assert memo[id(value)] is twin[1]
    assert value in memo[id(memo)]


def test_state_setters_and_copyreg_are_asked(monkeypatch):
    twin = _core.deepcopy(Sets())
    assert twin.restored == {"value": [1]}
    monkeypatch.setitem(copyreg.dispatch_table, Plain, lambda plain: (int, ("5",)))
    assert _core.deepcopy([Plain()]) == [5]


def test_the_table_of_copy_counts(monkeypatch):
    monkeypatch.setitem(copy._deepcopy_dispatch, Plain, lambda plain, memo: "entry")
    assert _core.deepcopy([Plain(a=1)]) == ["entry"]
    monkeypatch.setitem(copy._deepcopy_dispatch, list, lambda items, memo: "list")
    assert _core.deepcopy({"a": [1]}) == {"a": "list"}


def test_an_instance_may_bring_a_hook_of_its_own():
    plain = Plain(a=1)
    plain.__deepcopy__ = lambda memo: "own"
    assert _core.deepcopy(plain) == "own" == copy.deepcopy(plain)


def test_methods_are_copied_with_their_object():
    owner = Copies([1])
    twin = _core.deepcopy([owner, owner.__deepcopy__])
    assert twin[1].__self__ is twin[0]


def test_errors_are_those_of_copy():
    for value in (threading.Lock(), [Plain(lock=threading.Lock())]):
        with pytest.raises(TypeError, match="cannot pickle"):
            _core.deepcopy(value)

    class Shrinks:
        def __deepcopy__(self, memo):
            victim.clear()
            return self

    victim = {"a": Shrinks(), "b": 1}
    with pytest.raises(RuntimeError, match="changed size"):
        _core.deepcopy(victim)
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        _core.deepcopy(deep)
    while deep:
        deep = deep.pop()


class Member:
    def __init__(self, name: str) -> None:
        self.name = name
        self.group: set[Member] = set()

    def __hash__(self) -> int:
        return hash(self.name)


def test_a_member_that_refers_to_its_set_has_the_copy_of_it() -> None:
    member = Member("a")
    member.group = {member, Member("b")}
    twin = _core.deepcopy(member.group)
    assert len(twin) == 2 and not twin & member.group
    assert next(one for one in twin if one.name == "a").group is twin
