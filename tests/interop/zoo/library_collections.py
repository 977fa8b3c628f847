"""Kinds of collections, iterators and ctypes. Runs in `__main__`; see `zoo.send`."""

import collections
import collections.abc
import ctypes
import heapq
import itertools
import numbers
import operator

from tests.interop.zoo import kind


@kind(
    "deque with maxlen and Counter arithmetic",
    """
    d, c = value
    assert d.maxlen == 2
    assert list(d) == [2, 3]
    assert c.total() == 3
    assert c['z'] == 0
    """,
)
def _():
    return collections.deque([1, 2, 3], 2), collections.Counter("aab")


@kind(
    "ChainMap and its parents",
    "assert value['a'] == 1 and value['b'] == 2 and value.parents['a'] == 0",
)
def _():
    return collections.ChainMap({"a": 1}, {"a": 0, "b": 2})


@kind("defaultdict whose factory is its own method", "assert value['x']['y']['z'] == {}")
def _():
    def tree():
        return collections.defaultdict(tree)

    return tree()


class Ordered(collections.OrderedDict):
    pass


@kind(
    "subclasses of collections",
    """
    o, d, n = value
    assert list(o) == ['b', 'a']
    assert o.x == 1
    assert d['q'] == []
    assert n.total() == 3
    """,
)
def _():
    class Default(collections.defaultdict):
        pass

    class Point(collections.namedtuple("Point", "x y")):
        __slots__ = ()

        def total(self):
            return self.x + self.y

    ordered = Ordered(b=1, a=2)
    ordered.x = 1
    return ordered, Default(list), Point(1, 2)


@kind(
    "namedtuple with defaults",
    """
    assert value(1) == (1, 2)
    assert value._field_defaults == {'b': 2}
    assert value.__doc__ == 'Docs.'
    """,
)
def _():
    made = collections.namedtuple("Made", "a b", defaults=[2])
    made.__doc__ = "Docs."
    return made


@kind(
    "Mapping of one's own",
    """
    assert dict(value) == {'a': 1}
    assert isinstance(value, __import__('collections.abc').abc.Mapping)
    """,
)
def _():
    class Small(collections.abc.Mapping):
        def __getitem__(self, key):
            return {"a": 1}[key]

        def __iter__(self):
            return iter("a")

        def __len__(self):
            return 1

    return Small()


@kind("ctypes arrays", "a, b = value\nassert list(a) == [1, 2, 3] and b.value == b'abc'")
def _():
    return (ctypes.c_int * 3)(1, 2, 3), ctypes.create_string_buffer(b"abc")


class IntAndDoubles(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int), ("b", ctypes.c_double * 2)]


@kind("ctypes structures in arrays", "assert value[1].a == 5 and value[1].b[1] == 2.5")
def _():
    pairs = (IntAndDoubles * 2)()
    pairs[1].a = 5
    pairs[1].b[1] = 2.5
    return pairs


@kind("ctypes union", "assert value.b[0] == 1 and value.a == 1")
def _():
    class Bits(ctypes.Union):
        _fields_ = [("a", ctypes.c_int), ("b", ctypes.c_ubyte * 4)]

    made = Bits()
    made.a = 1
    return made


@kind("ctypes structure with bit fields", "assert (value.low, value.high) == (5, 2)")
def _():
    class Bits(ctypes.Structure):
        _fields_ = [("low", ctypes.c_uint, 3), ("high", ctypes.c_uint, 5)]

    return Bits(5, 2)


@kind(
    "ctypes structure that points to its own kind",
    "node = value(3)\nassert node.x == 3 and not node.next and value.next.size == 8",
)
def _():
    class Node(ctypes.Structure):
        pass

    Node._fields_ = [("x", ctypes.c_int), ("next", ctypes.POINTER(Node))]
    return Node


@kind("ctypes function (refused)", "")
def _():
    return ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 1)


@kind("ctypes library and function", "lib = value\nassert lib.abs(-3) == 3")
def _():
    return ctypes.CDLL(None)


@kind(
    "ctypes types",
    """
    import ctypes
    assert value[0] is ctypes.c_int
    assert value[1] is ctypes.c_int * 3
    assert value[2] is ctypes.POINTER(ctypes.c_int)
    """,
)
def _():
    return [ctypes.c_int, ctypes.c_int * 3, ctypes.POINTER(ctypes.c_int)]


@kind("structure with a pointer (refused)", "")
def _():
    class Node(ctypes.Structure):
        _fields_ = [("next", ctypes.POINTER(ctypes.c_int))]

    return Node(ctypes.pointer(ctypes.c_int(3)))


@kind("c_char_p (refused)", "")
def _():
    return ctypes.c_char_p(b"abc")


@kind("heapq.merge (refused)", "")
def _():
    return heapq.merge([1], [2])


@kind("itertools.groupby", "assert [(k, list(g)) for k, g in value] == [(2, [2]), (3, [3, 3])]")
def _():
    groups = itertools.groupby([1, 2, 3, 3])
    next(groups)
    return groups


@kind(
    "itertools.groupby with a lambda",
    "assert [(k, list(g)) for k, g in value] == [(0, [2]), (1, [3, 3])]",
)
def _():
    return itertools.groupby([2, 3, 3], lambda x: x % 2)


@kind("itertools.tee", "a, b = value\nassert list(a) == [2, 3] and list(b) == [1, 2, 3]")
def _():
    a, b = itertools.tee(iter([1, 2, 3]))
    next(a)
    return a, b


@kind(
    "itertools.zip_longest and pairwise",
    """
    a, b, c = value
    assert list(a) == [(2, 9)]
    assert list(b) == [(2, 3)]
    assert list(c) == [(1, 2), (2, 3)]
    """,
)
def _():
    longest = itertools.zip_longest([1, 2], [3], fillvalue=9)
    next(longest)
    pairs = itertools.pairwise([1, 2, 3])
    next(pairs)
    return longest, pairs, itertools.pairwise([1, 2, 3])


@kind(
    "itertools.combinations half-way",
    "a, b = value\nassert list(a) == [(1, 3), (2, 3)] and list(b) == [(1, 2), (2, 2)]",
)
def _():
    a, b = itertools.combinations([1, 2, 3], 2), itertools.combinations_with_replacement([1, 2], 2)
    next(a)
    next(b)
    return a, b


@kind(
    "itertools.compress, dropwhile, filterfalse",
    "assert [list(v) for v in value] == [[3], [3, 1], [2]]",
)
def _():
    a = itertools.compress([1, 2, 3], [1, 0, 1])
    next(a)
    b = itertools.dropwhile(lambda x: x < 2, [1, 2, 3, 1])
    next(b)
    c = itertools.filterfalse(lambda x: x % 2 == 1, [1, 2, 3])
    return a, b, c


@kind("iterators over iterators", "assert list(value) == [(1, 'b'), (2, 'c')]")
def _():
    letters = iter("abc")
    next(letters)
    return enumerate(map(str, letters), 1)


@kind(
    "iterators that share what they iterate over",
    "a, b = value\nassert next(a) == 2 and next(b) == 3",
)
def _():
    shared = iter([1, 2, 3, 4])
    next(shared)
    return map(int, shared), shared


@kind(
    "iterator of a list that crosses too",
    "items, it = value\nitems.append(4)\nassert list(it) == [2, 3, 4]",
)
def _():
    items = [1, 2, 3]
    it = iter(items)
    next(it)
    return items, it


@kind(
    "deque, Counter and OrderedDict iterators",
    "assert [list(v) for v in value] == [[2], ['b'], ['b']]",
)
def _():
    found = (
        iter(collections.deque([1, 2])),
        iter(collections.OrderedDict(a=1, b=2)),
        iter(collections.Counter("ab")),
    )
    for it in found:
        next(it)
    return found


@kind("iterators that are used up", "assert [list(v) for v in value] == [[], [], [], []]")
def _():
    found = iter([1]), iter("a"), map(abs, [1]), zip([1])
    for it in found:
        next(it)
        next(it, None)
    return found


@kind("sequence iterator of __getitem__", "assert list(value) == [1, 2]")
def _():
    class Three:
        def __getitem__(self, i):
            if i > 2:
                raise IndexError
            return i

    it = iter(Three())
    next(it)
    return it


@kind(
    "operator.itemgetter, attrgetter, methodcaller",
    "a, b, c = value\nassert a([1, 2]) == (2, 1) and b(1) == 0 and c('a,b') == ['a', 'b']",
)
def _():
    return (
        operator.itemgetter(1, 0),
        operator.attrgetter("imag"),
        operator.methodcaller("split", ","),
    )


@kind(
    "numbers and abstract types",
    """
    import numbers, collections.abc
    assert value == [numbers.Number, collections.abc.Callable]
    """,
)
def _():
    return [numbers.Number, collections.abc.Callable]


@kind(
    "slices, ranges, bytes-likes",
    "assert value == [slice(1, 2, 3), range(1, 9, 2), bytearray(b'x'), frozenset([1])]",
)
def _():
    return [slice(1, 2, 3), range(1, 9, 2), bytearray(b"x"), frozenset([1])]


@kind(
    "int and str subclasses",
    """
    a, b = value
    assert a + 1 == 4
    assert a.unit == 'm'
    assert b.upper() == 'X'
    assert type(b).__name__ == 'Text'
    """,
)
def _():
    class Metre(int):
        unit = "m"

    class Text(str):
        pass

    return Metre(3), Text("x")


@kind(
    "sets of instances with a hash of their own",
    "assert len(value) == 1 and next(iter(value)) in value",
)
def _():
    class Key:
        def __init__(self, n):
            self.n = n

        def __hash__(self):
            return hash(self.n)

        def __eq__(self, other):
            return self.n == other.n

    return {Key(1)}


@kind(
    "set member that refers to its set",
    "m = next(iter(value)); assert m.owner is value and m in value",
)
def _():
    class Member:
        def __init__(self, n):
            self.n = n

        def __hash__(self):
            return hash(self.n)

    owner = set()
    member = Member(3)
    member.owner = owner
    owner.add(member)
    return owner
