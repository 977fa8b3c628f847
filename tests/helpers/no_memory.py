"""Fails one allocation after the other in an operation of the codec.

    python -c "from tests.helpers import no_memory; no_memory.main('dumps5', 'sets')"

CPython's `_testcapi.set_nomemory(n, m)` makes its allocators fail from the n-th request on, up to the m-th (0: all of
them). For n = 0, 1, 2, ... until nothing fails any more, the operation must end in MemoryError or in the right
answer, and work as before right after; a further round over all n must leave nothing behind.
"""

from __future__ import annotations

import _testcapi
import collections
import datetime
import decimal
import gc
import io
import itertools
import sys
import uuid
from collections.abc import Callable
from typing import Any

from anypickle import _core


class Plain:
    """An instance with a dict."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    def __eq__(self, other: object) -> bool:
        return type(other) is Plain and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


class Slots:
    """An instance without one."""

    __slots__ = ("left", "right")

    def __init__(self) -> None:
        self.left, self.right = 1, "right"

    def __eq__(self, other: object) -> bool:
        return type(other) is Slots and (self.left, self.right) == (other.left, other.right)

    __hash__ = None  # type: ignore[assignment]


class Reduced:
    """Goes by `__reduce__` with a state, list items and dict items."""

    def __reduce__(self) -> tuple[Any, ...]:
        return collections.OrderedDict, (), {"a": 1}, None, iter([(i, str(i)) for i in range(3)])


class Named(collections.namedtuple("Named", "x y")):
    """A named tuple."""

    __slots__ = ()


def _shared() -> Any:
    shared = ["x" * 40, {"k": (1, 2.5, None, True)}]
    return [shared, shared, (shared, {"a": shared})]


VALUES: dict[str, Callable[[], Any]] = {
    "scalars": lambda: [0, -5, 1 << 40, 1 << 300, 2.5, None, True, "é\ud800", b"x" * 300],
    "containers": lambda: {"l": list(range(20)), "d": dict.fromkeys("abcdefghijklm", 1), "t": (1, 2, 3, 4)},
    "sets": lambda: [{1, 2, 3}, frozenset("ab")],
    "shared": _shared,
    "instances": lambda: [Plain(a=1, b=Plain(c=[1])), Slots(), Plain(a=2, b=3)],
    "reduced": lambda: [Reduced(), collections.OrderedDict(a=1), collections.deque([1, 2])],
    "library": lambda: [
        datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC),
        decimal.Decimal("1.5"),
        uuid.UUID(int=5),
        Named(1, [2]),
        range(3),
        1j,
    ],
    "globals": lambda: [len, collections.deque, Plain, str.upper, dict.fromkeys],
    "large": lambda: [b"x" * 70_000, "y" * 70_000, list(range(150))],
}  # fmt: skip


class Pickler(_core.Pickler):
    """One with every hook."""

    def persistent_id(self, obj: object) -> object:
        return None

    def reducer_override(self, obj: object) -> object:
        return NotImplemented


class Unpickler(_core.Unpickler):
    """One with every hook."""

    def persistent_load(self, pid: object) -> object:
        return len

    def find_class(self, module: str, name: str) -> object:
        return super().find_class(module, name)


def operation(kind: str, value: Any) -> Callable[[], Any]:
    """What is to be done again and again, as a call without arguments."""
    protocol = int(kind[-1]) if kind[-1].isdigit() else 5
    name = kind.rstrip("012345")

    def dump() -> bytes:
        file = io.BytesIO()
        Pickler(file, protocol).dump(value)
        return file.getvalue()

    data = _core.dumps(value, protocol)
    return {
        "dumps": lambda: _core.dumps(value, protocol),
        "dump": dump,
        "deepcopy": lambda: _core.deepcopy(value),
        "loads": lambda: _core.loads(data),
        "load": lambda: Unpickler(io.BytesIO(data)).load(),
    }[name]


def _same(got: Any, want: Any) -> bool:
    """Streams are equal that load as the same: which opcodes are chosen may depend on memory."""
    if isinstance(want, bytes) and got != want:
        got, want = _core.loads(got), _core.loads(want)
    return bool(got == want) or repr(got) == repr(want)


def rounds(act: Callable[[], Any], want: Any, width: int, errors: type[Exception]) -> int:
    """Fails `width` allocations (0: all) from the n-th on, for each n; returns how many n there were."""
    for n in itertools.count():
        got: Any = None
        failed = False
        _testcapi.set_nomemory(n, n + width if width else 0)
        try:
            got = act()
        except errors:
            failed = True
        finally:
            _testcapi.remove_mem_hooks()
        if not failed:
            assert _same(got, want), f"wrong answer when allocation {n} fails: {got!r:.300}"
            if _needs_at_most(n, act, errors):
                return n
        del got
    raise AssertionError


def _needs_at_most(n: int, act: Callable[[], Any], errors: type[Exception]) -> bool:
    """Whether the operation succeeds when all allocations from the n-th on fail."""
    _testcapi.set_nomemory(n, 0)
    try:
        act()
    except errors:
        return False
    finally:
        _testcapi.remove_mem_hooks()
    return True


def growth(
    act: Callable[[], Any], want: Any, width: int, errors: type[Exception]
) -> tuple[int, int]:
    """How many allocations there are, and how many blocks a round over them leaves at the least."""
    sites = rounds(act, want, width, errors)
    least = sys.maxsize
    gc.collect()
    after = sys.getallocatedblocks()
    for _ in range(60):  # what fills caches ends, a leak does not
        before = after
        rounds(act, want, width, errors)
        gc.collect()
        after = sys.getallocatedblocks()
        least = min(least, after - before)
        assert _same(act(), want), "not what it was"
        if least <= _CHANCE:
            break
    return sites, least


_CHANCE = 3
"""Blocks that may be the measuring's own."""


def _interpreter_leaks() -> bool:
    """Whether Python itself loses an instance whose dict it can't make, as 3.13.0 does."""

    def make() -> int:
        made = Plain.__new__(Plain)
        made.a, made.b = 1, [1]  # type: ignore[attr-defined]
        return len(vars(made))

    return any(growth(make, 2, width, MemoryError)[1] > _CHANCE for width in (1, 0))


def main(kind: str, *names: str) -> None:
    """Prints a line for each value and width; raises AssertionError for a fault."""
    allowed = sys.maxsize if _interpreter_leaks() else _CHANCE
    for name in names or VALUES:
        value = VALUES[name]()
        for width in (1, 0):
            act = operation(kind, value)
            sites, grown = growth(act, act(), width, MemoryError)
            print(f"{kind} {name}: {sites} sites, {grown} blocks", flush=True)
            assert grown <= allowed, f"{kind} {name}: each round leaves {grown} blocks"
