"""Kinds of values that surround functions and classes: modules, views, iterators, weak references, running code."""

# ruff: noqa: C417

import array
import collections
import contextvars
import itertools
import os.path
import sys
import types
import weakref

from tests.interop.zoo import kind


class Thing:
    def __init__(self, x=1):
        self.x = x

    def get(self):
        return self.x


@kind("module", "assert value.dumps([1]) == '[1]'")
def _():
    import json

    return json


@kind("submodule", "assert value.basename('/a/b') == 'b'")
def _():
    return os.path


@kind("module that a program made", "assert value.f() == 5 and value.__name__ == 'made'")
def _():
    made = types.ModuleType("made", "doc")
    exec("x = 5\ndef f(): return x", vars(made))
    return made


@kind(
    "function and module that a program made share globals",
    "m, f = value; m.x = 6; assert f() == 6",
)
def _():
    made = types.ModuleType("made2")
    exec("x = 5\ndef f(): return x", vars(made))
    return made, made.f


@kind("module that a program put into sys.modules", "assert value.f() == 5")
def _():
    made = sys.modules["made3"] = types.ModuleType("made3")
    exec("x = 5\ndef f(): return x", vars(made))
    return made


@kind("function of a module that a program made", "assert value() == 5")
def _():
    made = sys.modules["made4"] = types.ModuleType("made4")
    exec("x = 5\ndef f(): return x", vars(made))
    return made.f


@kind("class of a module that a program made", "assert value().f() == 5")
def _():
    made = sys.modules["made5"] = types.ModuleType("made5")
    exec("x = 5\nclass C:\n def f(self): return x", vars(made))
    return made.C


@kind("mappingproxy", "assert value['a'] == 1 and type(value).__name__ == 'mappingproxy'")
def _():
    return types.MappingProxyType({"a": 1})


@kind("mappingproxy of a dict that crosses too", "d, p = value; d['b'] = 2; assert p['b'] == 2")
def _():
    content = {"a": 1}
    return content, types.MappingProxyType(content)


@kind("dict views", "k, v, i = value; assert list(k) == ['a'] and list(v) == [1] and ('a', 1) in i")
def _():
    content = {"a": 1}
    return content.keys(), content.values(), content.items()


@kind(
    "dict view of a dict that crosses too", "d, k = value; d['b'] = 2; assert list(k) == ['a', 'b']"
)
def _():
    content = {"a": 1}
    return content, content.keys()


@kind("OrderedDict views", "k, v = value; assert list(k) == ['a'] and list(v) == [1]")
def _():
    content = collections.OrderedDict(a=1)
    return content.keys(), content.values()


def advanced(iterator):
    next(iterator)
    return iterator


@kind("list and tuple iterators", "assert list(value[0]) == [2, 3] and list(value[1]) == [2]")
def _():
    return advanced(iter([1, 2, 3])), advanced(iter((1, 2)))


@kind(
    "dict, set and str iterators",
    "assert list(value[0]) == ['b'] and len(list(value[1])) == 1 and list(value[2]) == ['b']",
)
def _():
    return advanced(iter({"a": 1, "b": 2})), advanced(iter({1, 2})), advanced(iter("ab"))


@kind(
    "range, enumerate, zip, map, filter, reversed",
    """
    r, e, z, m, f, b = value
    assert list(r) == [1, 2] and list(e) == [(1, 'b')] and list(z) == [(2, 4)]
    assert list(m) == [4] and list(f) == [3] and list(b) == [1]
""",
)
def _():
    return (
        advanced(iter(range(3))),
        advanced(enumerate("ab")),
        advanced(zip([1, 2], [3, 4], strict=True)),
        advanced(map(lambda x: 2 * x, [1, 2])),
        advanced(filter(lambda x: x % 2, [1, 2, 3])),
        advanced(reversed([1, 2])),
    )


@kind("callable iterator", "assert list(value) == []")
def _():
    return iter(lambda: 0, 0)


@kind("itertools.count and repeat", "c, r = value; assert next(c) == 6 and list(r) == ['a', 'a']")
def _():
    return advanced(itertools.count(5)), advanced(itertools.repeat("a", 3))


@kind("itertools.chain", "assert list(value) == [2, 3]")
def _():
    return advanced(itertools.chain([1, 2], [3]))


@kind("itertools.islice", "assert list(value) == [1, 2]")
def _():
    return advanced(itertools.islice(range(10), 3))


@kind("itertools.cycle", "assert [next(value) for _ in range(3)] == ['b', 'a', 'b']")
def _():
    return advanced(itertools.cycle("ab"))


@kind("itertools.product", "assert next(value) == ('a', 'd')")
def _():
    return advanced(itertools.product("ab", "cd"))


@kind("itertools.permutations", "assert next(value) == (1, 3)")
def _():
    return advanced(itertools.permutations([1, 2, 3], 2))


@kind("itertools.accumulate", "assert list(value) == [3, 6]")
def _():
    return advanced(itertools.accumulate([1, 2, 3]))


@kind("itertools.takewhile and starmap", "t, s = value; assert list(t) == [2] and list(s) == [7]")
def _():
    return (
        advanced(itertools.takewhile(lambda x: x < 3, [1, 2, 5, 1])),
        advanced(itertools.starmap(lambda a, b: a + b, [(1, 2), (3, 4)])),
    )


@kind("array iterator", "assert list(value) == [2]")
def _():
    return advanced(iter(array.array("i", [1, 2])))


@kind(
    "memoryview", "assert type(value) is memoryview and bytes(value) == b'abc' and value.readonly"
)
def _():
    return memoryview(b"abc")


@kind("writable memoryview", "value[0] = 120; assert bytes(value) == b'xbc'")
def _():
    return memoryview(bytearray(b"abc"))


@kind("memoryview of a bytearray that crosses too", "b, v = value; v[0] = 120; assert b == b'xbc'")
def _():
    content = bytearray(b"abc")
    return content, memoryview(content)


@kind(
    "memoryview with a format and a shape",
    "assert value.format == 'i' and value.tolist() == [[1, 2], [3, 4]]",
)
def _():
    return memoryview(array.array("i", [1, 2, 3, 4])).cast("B").cast("i", (2, 2))


@kind("memoryview with a stride", "assert value.tolist() == [1, 3]")
def _():
    return memoryview(b"\x01\x02\x03\x04")[::2]


@kind("weak reference to what crosses too", "t, r = value; assert r() is t and t.x == 5")
def _():
    thing = Thing(5)
    keep.append(thing)
    return thing, weakref.ref(thing)


keep = []


@kind("weak reference to nothing that crosses", "import gc; gc.collect(); assert value() is None")
def _():
    thing = Thing(5)
    keep.append(thing)
    return weakref.ref(thing)


@kind("dead weak reference", "assert value() is None")
def _():
    return weakref.ref(Thing())


@kind("weak reference to its own container", "assert value.me() is value")
def _():
    thing = Thing()
    thing.me = weakref.ref(thing)
    keep.append(thing)
    return thing


@kind("weak proxy", "t, p = value; assert p.get() == 5; t.x = 6; assert p.x == 6")
def _():
    thing = Thing(5)
    keep.append(thing)
    return thing, weakref.proxy(thing)


@kind("WeakMethod", "t, m = value; assert m()() == 5")
def _():
    thing = Thing(5)
    keep.append(thing)
    return thing, weakref.WeakMethod(thing.get)


@kind("WeakSet", "t, s = value; assert t in s and len(s) == 1")
def _():
    thing = Thing(5)
    keep.append(thing)
    return thing, weakref.WeakSet([thing])


@kind(
    "WeakValueDictionary",
    "t, d = value; assert d['a'] is t; del t, value; import gc; gc.collect(); assert len(d) <= 1",
)
def _():
    thing = Thing(5)
    keep.append(thing)
    return thing, weakref.WeakValueDictionary(a=thing)


@kind("WeakKeyDictionary", "t, d = value; assert d[t] == 'a'")
def _():
    thing = Thing(5)
    keep.append(thing)
    return thing, weakref.WeakKeyDictionary({thing: "a"})


LEVEL = contextvars.ContextVar("LEVEL", default=3)


@kind(
    "ContextVar",
    "assert value.name == 'LEVEL' and value.get() == 3; value.set(4); assert value.get() == 4",
)
def _():
    return LEVEL


@kind("the same ContextVar in a function", "v, f = value; v.set(9); assert f() == 9")
def _():
    return LEVEL, lambda: LEVEL.get()


@kind("Context", "assert [v.name for v in value] == ['LEVEL'] and list(value.values()) == [7]")
def _():
    context = contextvars.Context()
    context.run(LEVEL.set, 7)
    return context


@kind("types.SimpleNamespace", "assert value.f(1) == 2 and value.x == 1")
def _():
    return types.SimpleNamespace(x=1, f=lambda x: x + 1)


@kind(
    "types of the interpreter",
    """
    import types
    assert value == [types.FunctionType, types.GeneratorType, types.CellType, types.NoneType, types.MethodType]
""",
)
def _():
    return [types.FunctionType, types.GeneratorType, types.CellType, type(None), types.MethodType]


@kind("types.GenericAlias and UnionType", "a, b = value; assert a == list[int] and b == int | None")
def _():
    return list[int], int | None


@kind("singletons", "assert value[0] is ... and value[1] is NotImplemented and value[2] is None")
def _():
    return [..., NotImplemented, None]


@kind("generator (refused)", "")
def _():
    return (x for x in [1])


@kind("coroutine (refused)", "")
def _():
    async def f(): ...

    made = f()
    made.close()
    return made


@kind("async generator (refused)", "")
def _():
    async def f():
        yield 1

    return f()


@kind("frame (refused)", "")
def _():
    return sys._getframe()


@kind("defaultdict with a lambda", "assert value['b'] == [] and value['a'] == 1")
def _():
    return collections.defaultdict(list, {"a": 1})


@kind(
    "collections.Counter, deque, ChainMap, OrderedDict",
    """
    c, d, m, o = value
    assert c['a'] == 2 and d.maxlen == 3 and list(d) == [2, 3, 4] and m['x'] == 1 and list(o) == ['b', 'a']
""",
)
def _():
    return (
        collections.Counter("aab"),
        collections.deque([1, 2, 3, 4], 3),
        collections.ChainMap({}, {"x": 1}),
        collections.OrderedDict(b=1, a=2),
    )


@kind(
    "UserDict, UserList, UserString of __main__",
    "d, l, s = value; assert d['a'] == 1 and l == [1] and s == 'a' and d.more() == 2",
)
def _():
    class D(collections.UserDict):
        def more(self):
            return 2

    class L(collections.UserList):
        pass

    class S(collections.UserString):
        pass

    return D(a=1), L([1]), S("a")
