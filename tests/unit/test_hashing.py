"""`anypickle.hash` is a hash of content: equal where content is, in every process, and different elsewhere."""

from __future__ import annotations

import collections
import copy
import dataclasses
import datetime
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import anypickle
from tests.helpers import programs


class Node:
    """An object with any attributes."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


class Letters(set[str]):
    """A set of its own class: pickle writes its elements as a list."""


@dataclasses.dataclass
class Point:
    x: int
    tags: frozenset[str] = frozenset()


def ring(size: int, *, shift: int = 0, mark: int = 0) -> Node:
    """Objects that refer to each other in a circle, and hold sets that refer back to them."""
    nodes = [Node(number=i) for i in range(size)]
    nodes[-1].mark = mark
    for i, node in enumerate(nodes):
        node.next, node.previous = nodes[(i + 1) % size], nodes[i - 1]
        node.friends = {nodes[(i + k) % size] for k in (1, 2, 3)}
    return nodes[shift]


def local(default: Any = 1, held: Any = 2) -> Any:
    """A function that goes by value, with a closure."""

    def function(x: Any = default) -> Any:
        return x, held, function

    return function


def made(**attributes: Any) -> type:
    """A class that goes by value."""
    return type("Made", (), {"__module__": __name__, **attributes})


shared = [1, "text"]
EQUAL: list[tuple[Any, Any]] = [
    ({1: 2, "a": "b"}, {"a": "b", 1: 2}),
    ({"x", "yy", ("zzz", 4)}, {("zzz", 4), "yy", "x"}),
    ([shared, shared], [[1, "text"], [1, "text"]]),
    ({"k": shared, "l": shared}, {"l": [1, "text"], "k": [1, "text"]}),
    (Node(a=1, b=shared), Node(b=[1, "te" + "xt"], a=1)),
    (Letters("abcdef"), Letters("fedcba")),
    (collections.Counter("abca"), collections.Counter("caab")),
    (Point(1, frozenset("abc")), Point(1, frozenset("cba"))),
    (ring(5), ring(5)),
    (ring(5, shift=2), ring(5, shift=2)),
    (local(), local()),
    (local([1], {2}), local([1], {2})),
    (made(a=1, b=local()), made(b=local(), a=1)),
    (threading.Lock(), threading.Lock()),
    (2**70, 2**69 * 2),
    (bytes(300), bytes(bytearray(300))),
]
DIFFERENT: list[Any] = [
    None, True, False, 0, 1, -1, 255, 256, 65536, -(2**31), 2**40, 1.0, 0.0, -0.0, 1j, "", "1", "a" * 14, "a" * 15,
    b"", b"1", b"a" * 14, bytearray(b"1"), [], (), {}, set(), frozenset(), [[]], [()], ((),), [1, 2], [2, 1], (1, 2),
    {1: 2}, {2: 1}, {1, 2}, frozenset({1, 2}), {1: {2: 3}}, {1: {3: 2}}, [1, [2]], [[1], 2], int, str, Node, len,
    Node(), Node(a=1), Node(a=2), Node(b=1), {"a": 1}, Point(1), Point(2), Letters("a"), {"a"},
    collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1), collections.deque([1]),
    datetime.date(2020, 1, 1), datetime.date(2020, 1, 2), Path("a"), Path("b"), range(3), range(4),
    ring(5), ring(6), ring(5, shift=1), ring(5, mark=1), ring(9), ring(9, mark=1),
    local(), local(2), local(1, 3), lambda: 1, lambda: 2, lambda x=1: x, made(), made(a=1), made(a=2), made(b=1),
    made(f=local()), made(f=local(2)), threading.Lock(), threading.RLock(),
]  # fmt: skip


@pytest.mark.parametrize("pair", EQUAL, ids=lambda pair: f"{pair[0]!r:.30}")
def test_equal_content_has_equal_hashes(pair: tuple[Any, Any]) -> None:
    one, other = map(anypickle.hash, pair)
    assert one == other and len(one) == 32 and int(one, 16) >= 0


def test_different_content_has_different_hashes() -> None:
    hashes = [anypickle.hash(each) for each in DIFFERENT]
    alike = [
        (one, other)
        for i, one in enumerate(DIFFERENT)
        for j, other in enumerate(DIFFERENT[:i])
        if hashes[i] == hashes[j]
    ]
    assert alike == []


def test_what_holds_itself_and_what_is_deep_has_a_hash() -> None:
    one: list[Any] = []
    one.append(one)
    deep: Any = None
    for _ in range(100_000):
        deep = (deep,)
    assert (
        len({anypickle.hash(each) for each in (one, [one], [[]], deep, (deep,), ring(3000))}) == 6
    )


def test_a_function_that_changes_has_another_hash() -> None:
    function = local()
    before = anypickle.hash(function)
    function.__defaults__ = (2,)
    changed = anypickle.hash(function)
    function.__defaults__ = (1,)
    assert anypickle.hash(function) == before != changed


def test_what_cannot_be_pickled_has_no_hash() -> None:
    with pytest.raises(TypeError, match="generator"):
        anypickle.hash([1, (x for x in ())])


_SCRIPT = """
import collections, dataclasses, enum, functools, threading, typing
import anypickle

class Color(enum.Enum):
    RED, GREEN = "red", "green"

@dataclasses.dataclass
class Data:
    names: set
    color: Color = Color.RED

class Node:
    def __init__(self, names): self.names, self.me, self.lock = names, self, threading.Lock()
    def f(self): return {"a", "b"}, Color.GREEN

class Letters(set): pass

T = typing.TypeVar("T")
names = {f"name{i}" for i in range(50)}
kinds = [names, frozenset(names), Letters(names), dict.fromkeys(names), collections.Counter(names), Data(names),
         Node(names), Node, Data, Color, T, [typing.List[T]], functools.partial(Node, names), lambda: names,
         {(name, frozenset(names)) for name in names}, {name: Node({name}) for name in names}]
print(*map(anypickle.hash, kinds))
"""


def test_hashes_are_the_same_in_every_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT)
    seen = set()
    for seed in "1", "2", "3":
        done = programs.run(
            [sys.executable, str(script)],
            cwd=tmp_path,
            output=tmp_path,
            timeout=60,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        seen.add(done.ok().stdout)
    assert len(seen) == 1


atoms = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
)
keys = st.integers() | st.text() | st.tuples(st.integers(), st.text())
contents = st.recursive(
    atoms | st.sets(keys) | st.frozensets(keys),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(keys, inner)
        | st.builds(
            lambda d: Node(**{f"a{k}": v for k, v in d.items()}),
            st.dictionaries(st.integers(0, 9), inner),
        )
    ),
    max_leaves=20,
)


def shuffled(content: Any) -> Any:
    """The same content, with dicts and sets filled the other way round and nothing shared."""
    if isinstance(content, dict):
        return {shuffled(k): shuffled(v) for k, v in reversed(content.items())}
    if isinstance(content, (set, frozenset)):
        return type(content)(reversed([shuffled(each) for each in content]))
    if isinstance(content, (list, tuple)):
        return type(content)(map(shuffled, content))
    if isinstance(content, Node):
        return Node(**shuffled(vars(content)))
    return copy.deepcopy(content)


def told(content: Any) -> str:
    """All that there is to a content, as text."""
    kind = type(content).__name__
    if isinstance(content, (set, frozenset)):
        return f"{kind}{{{','.join(sorted(map(told, content)))}}}"
    if isinstance(content, dict):
        return f"{kind}{{{','.join(sorted(told(k) + ':' + told(v) for k, v in content.items()))}}}"
    if isinstance(content, (list, tuple)):
        return f"{kind}({','.join(map(told, content))})"
    return f"{kind}({told(vars(content)) if isinstance(content, Node) else repr(content)})"


@settings(max_examples=40, deadline=None)
@given(contents, contents)
def test_hashes_of_random_content(one: Any, other: Any) -> None:
    assert anypickle.hash(one) == anypickle.hash(shuffled(one))
    assert anypickle.hash([one, other, one]) == anypickle.hash([shuffled(one), other, one])
    assert (anypickle.hash(one) == anypickle.hash(other)) == (told(one) == told(other))
