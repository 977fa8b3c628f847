"""What by-value functions and classes share, refer to and are worth at the moment, however they are written.

`dumps` writes most of them in one pass; a `Pickler` leaves them to the engine. Both mean the same.
"""

from __future__ import annotations

import importlib
import io
import pickle
import sys
import textwrap
import types
from collections.abc import Callable
from typing import Any

import pytest

import anypickle
from tests.helpers.programs import FreshLoader


def _engine(value: Any) -> bytes:
    file = io.BytesIO()
    anypickle.Pickler(file).dump(value)
    return file.getvalue()


_WRITERS = {"dumps": anypickle.dumps, "Pickler": _engine}
_READERS = {"anypickle": anypickle.loads, "stock": pickle.loads}
Cross = Callable[[Any], Any]


@pytest.fixture(params=[(w, r) for w in _WRITERS for r in _READERS], ids="-".join)
def cross(request: pytest.FixtureRequest) -> Cross:
    """There and back, written twice: the second time everything is known that is found out once."""
    write, read = _WRITERS[request.param[0]], _READERS[request.param[1]]

    def crossing(value: Any) -> Any:
        write(value)
        return read(write(value))

    return crossing


def define(source: str, **known: Any) -> dict[str, Any]:
    """The globals of a program."""
    space: dict[str, Any] = {"__name__": "__main__", **known}
    exec(textwrap.dedent(source), space)
    return space


def test_functions_share_what_only_their_globals_refer_to(cross: Cross) -> None:
    space = define(
        """
        items = []
        text = "a text that nobody else refers to, %d" % 5
        def add(x): items.append(x); return text
        def get(): return items, text
        """
    )
    add, get = cross([space["add"], space["get"]])
    add(3)
    assert get()[0] == [3] and get()[0] is add.__globals__["items"]
    assert get()[1] is add.__globals__["text"]
    assert space["items"] == []


def test_recursion_through_globals(cross: Cross) -> None:
    space = define(
        """
        def even(n): return n == 0 or odd(n - 1)
        def odd(n): return n != 0 and even(n - 1)
        def fact(n): return n * fact(n - 1) if n else 1
        """
    )
    even = cross(space["even"])
    assert even(10) and not even(7)
    assert even.__globals__["odd"].__globals__["even"] is even
    assert cross(space["fact"])(5) == 120


def test_recursion_through_cells(cross: Cross) -> None:
    def make() -> tuple[Callable[[int], Any], ...]:
        def even(n: int) -> bool:
            return n == 0 or odd(n - 1)

        def odd(n: int) -> bool:
            return n != 0 and even(n - 1)

        return even, odd

    even, odd = cross(make())
    assert even(4) and odd(5)
    assert even.__closure__[0].cell_contents is odd


@pytest.mark.parametrize("chosen", ["a", "b", "c", "ab", "ca", "cba", "aba"])
def test_functions_that_hold_each_other_keep_their_cells(cross: Cross, chosen: str) -> None:
    def make() -> dict[str, Callable[[], Any]]:
        def a() -> Any:
            return b, text

        def b() -> Any:
            return a, c, b

        def c() -> Any:
            return a, c, text

        text = ["text"]
        return {"a": a, "b": b, "c": c}

    def cells(function: Any) -> dict[str, Any]:
        return dict(zip(function.__code__.co_freevars, function.__closure__, strict=True))

    family = make()
    made = cross([family[name] for name in chosen])
    met = dict(zip(chosen, made, strict=True))
    assert all(met[name] is each for name, each in zip(chosen, made, strict=True))
    for _ in range(3):
        for function in list(met.values()):
            met |= {n: cell.cell_contents for n, cell in cells(function).items() if n != "text"}
    assert {name: function.__name__ for name, function in met.items()} == {n: n for n in met}
    b, c = cells(met["b"]), cells(met["c"])
    assert cells(met["a"])["b"] is b["b"] and b["a"] is c["a"] and b["c"] is c["c"]
    assert cells(met["a"])["text"] is c["text"] and met["a"]() == (met["b"], ["text"])
    assert met["b"]() == (met["a"], met["c"], met["b"]) and met["c"]()[:2] == (met["a"], met["c"])


def test_cells_are_shared_where_they_were(cross: Cross) -> None:
    def make() -> Any:
        count = 0

        def bump() -> None:
            nonlocal count
            count += 1

        def get() -> int:
            return count

        return {"bump": bump, "get": get}

    made = cross(make())
    made["bump"]()
    assert made["get"]() == 1


def test_cells_of_all_kinds(cross: Cross) -> None:
    inner = types.CellType(types.CellType(7))

    def make(a: Any, b: Any, c: Any, d: Any) -> Any:
        def get() -> Any:
            return a, b, c, d, missing

        if a is None:
            missing = 1
        return get

    made = cross(make([1], inner, None, "x"))
    assert [type(cell) for cell in made.__closure__] == [types.CellType] * 5
    a, b, c, d, missing = (
        made.__closure__[made.__code__.co_freevars.index(n)]
        for n in ("a", "b", "c", "d", "missing")
    )
    assert (a.cell_contents, c.cell_contents, d.cell_contents) == ([1], None, "x")
    assert b.cell_contents.cell_contents.cell_contents == 7
    with pytest.raises(ValueError, match="empty"):
        _ = missing.cell_contents


def test_functions_of_one_code_in_one_list(cross: Cross) -> None:
    def make(i: int) -> Callable[[], int]:
        return lambda: i

    made = cross([make(i) for i in range(10)])
    assert [f() for f in made] == list(range(10))


def test_the_globals_themselves_and_a_function_of_theirs(cross: Cross) -> None:
    space = define("x = [1]\ndef f(): return x", __builtins__=None)
    del space["__builtins__"]
    there, f = cross([space, space["f"]])
    assert sorted(there) == ["__name__", "f", "x"]
    assert f() is there["x"]
    assert there["f"] is f


def test_modules_more_than_once(cross: Cross) -> None:
    space = define(
        """
        import json, os.path, sys, xml.dom.minidom as dom, collections.abc
        def f(): return json.dumps(sys.maxsize) + os.path.sep, dom
        def g(): return collections.abc.Sized, json
        """
    )
    f, g, *modules = cross([space["f"], space["g"], sys, sys, importlib, space["json"]])
    assert f() == (f"{sys.maxsize}/", sys.modules["xml.dom.minidom"])
    assert g()[0] is sys.modules["collections.abc"].Sized
    assert modules == [sys, sys, importlib, g()[1]]


def test_every_dump_carries_the_values_of_now(cross: Cross) -> None:
    space = define(
        """
        n = 1
        items = [1]
        def f(a=1, *, b=1): return n, items, a, b
        class C:
            size = 1
            def get(self): return self.size
        """
    )
    f, cls = space["f"], space["C"]
    assert cross(f)() == (1, [1], 1, 1)
    space["n"] = 2
    space["items"].append(2)
    f.__defaults__, f.__kwdefaults__ = (2,), {"b": 2}
    f.__annotations__["a"] = "two"
    f.mark = [2]
    back = cross(f)
    assert back() == (2, [1, 2], 2, 2)
    assert (back.mark, back.__annotations__) == ([2], {"a": "two"})
    space["n"] = items = [3]
    assert cross(f)()[0] == items
    f.__code__ = (lambda a=1, *, b=1: "another").__code__
    assert cross(f)() == "another"
    del space["items"]
    assert cross(f)() == "another"

    changed = cross([cls, cls()])
    assert changed[0] is cls and changed[1].get() == 1
    cls.size = 2
    cls.get = lambda self: -self.size
    assert cross(cls()).get() == -2


def test_names_docs_and_modules_of_functions(cross: Cross) -> None:
    def original() -> None:
        """A doc."""

    original.__name__, original.__qualname__ = "renamed", "Some.renamed"
    original.__doc__, original.__module__ = "Another.", "elsewhere"
    back = cross(original)
    assert (back.__name__, back.__qualname__) == ("renamed", "Some.renamed")
    assert (back.__doc__, back.__module__) == ("Another.", "elsewhere")
    original.__doc__ = None
    assert cross(original).__doc__ is None


def test_methods_that_are_wrapped(cross: Cross) -> None:
    space = define(
        """
        class C:
            @staticmethod
            def s(): return "s"
            @classmethod
            def c(cls): return cls
            @property
            def p(self): "A doc."; return self.s() + "p"
            @p.setter
            def p(self, value): self.set = value
            q = property(doc="nothing else")
            inner = [s]
        """
    )
    cls = space["C"]
    token = anypickle.dumps(cls)
    del space["C"]
    instance = cls.__new__(cls)
    back = cross([cls, instance])
    instance = back[1]
    instance.p = 5
    assert (instance.p, instance.set, back[0].s(), back[0].c()) == ("sp", 5, "s", back[0])
    assert (back[0].p.__doc__, back[0].q.__doc__) == ("A doc.", "nothing else")
    assert back[0].__dict__["inner"][0] is back[0].__dict__["s"]
    assert token


def test_a_base_that_knows_its_subclasses(cross: Cross) -> None:
    space = define(
        """
        class Base:
            known = []
            def __init_subclass__(cls): Base.known.append(cls)
        class One(Base): pass
        class Two(One):
            __slots__ = ("a",)
            other = One
        """
    )
    one, two = cross([space["One"](), space["Two"]()])
    assert type(two).__mro__[1] is type(one)
    assert type(one).__mro__[1].known == [type(one), type(two)]


def test_a_class_that_holds_its_own_instances(load_elsewhere: FreshLoader) -> None:
    space = define(
        """
        class C:
            def __init__(self): self.kind = C
            def same(self): return super().__eq__(self)
        C.default = C()
        C.all = {"a": C.default}
        """
    )
    check = (
        "cls = type(value); print(cls.default is value, cls.all == {'a': value}, "
        "value.kind is cls, value.same())"
    )
    for write in _WRITERS.values():
        write(space["C"].default)
        said = load_elsewhere(write(space["C"].default), check)
        assert said == "True True True True\n"


def test_closures_that_are_one_tuple(cross: Cross) -> None:
    def make(x: Any) -> Any:
        return lambda: x

    first = make([1])
    second = types.FunctionType(
        first.__code__, first.__globals__, "second", None, first.__closure__
    )
    one, two = cross([first, second])
    assert one() is two()


def test_a_reducer_of_the_users_goes_before(monkeypatch: pytest.MonkeyPatch, cross: Cross) -> None:
    import copyreg

    monkeypatch.setitem(copyreg.dispatch_table, property, lambda p: (str, ("a property",)))
    assert cross([property()]) == ["a property"]


def test_in_a_strict_crossing_nothing_is_written_that_stock_refuses() -> None:
    from anypickle.choices import strict

    assert anypickle.loads(anypickle.dumps([property(), sys]))[1] is sys
    for value in (property(), sys, staticmethod(len)):
        with strict(), pytest.raises(TypeError):
            anypickle.dumps([value])


def test_a_choice_for_the_whole_process_holds() -> None:
    anypickle.dumps(property())
    with anypickle.override(property, "refuse"), pytest.raises(TypeError):
        anypickle.dumps(property())
    anypickle.dumps(property())


def test_code_that_is_not_read_again_makes_way() -> None:
    for i in range(5000):
        space = define(f"def f(): return {i}")
        assert anypickle.loads(anypickle.dumps(space["f"]))() == i


def test_a_flag_that_was_used_and_members_that_refer_to_members(
    load_elsewhere: FreshLoader,
) -> None:
    space = define(
        """
        from enum import Enum, Flag
        class F(Flag):
            R = 1; W = 2; X = 4; RW = 3
        class Way(Enum):
            N = 1; S = 2
        Way.N.other, Way.S.other = Way.S, Way.N
        Way.N.all = [Way.N, Way.S]
        """
    )
    flag = space["F"]
    assert (~flag.R) == flag.W | flag.X and flag.R | flag.X and not flag(0)
    check = """if True:
        F, (N, S) = value[0], value[1]
        assert [F.R, F.W, F.X, F.RW] == [F(1), F(2), F(4), F(3)] and ~F.R == F.W | F.X
        assert N.other is S and S.other is N and N.all == [N, S] and type(N)(2) is S
        print("right")"""
    for write in _WRITERS.values():
        said = load_elsewhere(write([flag, list(space["Way"])]), check)
        assert said == "right\n"


def test_a_virtual_subclass_that_comes_anew_is_one_again(load_elsewhere: FreshLoader) -> None:
    space = define(
        """
        from abc import ABC
        class Base(ABC): pass
        class Virtual: pass
        Base.register(Virtual)
        """
    )
    stream = anypickle.dumps([space["Base"], space["Virtual"]])
    check = f"""if True:
        import gc, pickle
        base = value[0]
        assert issubclass(value[1], base)
        del value
        gc.collect()
        again, virtual = pickle.loads({stream!r})
        print(again is base, issubclass(virtual, base))"""
    assert load_elsewhere(stream, check) == "True True\n"
