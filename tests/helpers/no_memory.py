"""Fails one allocation after the other in an operation of the codec. Run as a program: `no_memory.py KIND VALUE`.

CPython's `_testcapi.set_nomemory(n, m)` makes its allocators fail from the n-th request on, up to the m-th (0: all of
them). For n = 0, 1, 2, ... until nothing fails any more, the operation must end in MemoryError or in the right
answer, and work as before right after; a second round over all n must leave no more blocks than the first one did.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import gc
import io
import pickle
import sys
import uuid
from collections.abc import Callable
from typing import Any

import _testcapi

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


class Named(collections.namedtuple("Named", "x y")):  # noqa: PYI024
    """A named tuple."""

    __slots__ = ()


def _shared() -> Any:
    shared = ["x" * 40, {"k": (1, 2.5, None, True)}]
    return [shared, shared, (shared, {"a": shared})]


VALUES: dict[str, Callable[[], Any]] = {
    "scalars": lambda: [0, -5, 1 << 40, 1 << 300, 2.5, None, True, "é\ud800", b"x" * 300],
    "containers": lambda: {"l": list(range(20)), "d": dict.fromkeys("abcdefghijklm", 1), "t": (1, 2, 3, 4)},
    "sets": lambda: [{1, 2, 3}, frozenset("ab"), bytearray(b"abc")],
    "shared": _shared,
    "instances": lambda: [Plain(a=1, b=Plain(c=[1])), Slots(), Plain(a=2, b=3)],
    "reduced": lambda: [Reduced(), collections.OrderedDict(a=1), collections.deque([1, 2])],
    "library": lambda: [
        datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc),
        decimal.Decimal("1.5"),
        uuid.UUID(int=5),
        Named(1, [2]),
        range(3),
        1j,
    ],
    "globals": lambda: [len, collections.deque, Plain, str.upper, dict.fromkeys],
    "large": lambda: [b"x" * 70_000, "y" * 70_000, list(range(3000))],
    "buffers": lambda: [pickle.PickleBuffer(b"abc"), pickle.PickleBuffer(bytearray(5))],
}  # fmt: skip


class _Pickler(_core.Pickler):
    def persistent_id(self, obj: object) -> object:
        return "id" if obj is len else None

    def reducer_override(self, obj: object) -> object:
        return NotImplemented


class _Unpickler(_core.Unpickler):
    def persistent_load(self, pid: object) -> object:
        return len

    def find_class(self, module: str, name: str) -> object:
        return super().find_class(module, name)


def _hooked_dump(value: Any) -> bytes:
    file = io.BytesIO()
    _Pickler(file, 5).dump(value)
    return file.getvalue()


def operation(kind: str, value: Any) -> Callable[[], Any]:
    """What is to be done again and again, as a call without arguments."""
    protocol = int(kind[-1]) if kind[-1].isdigit() else 5
    name = kind.rstrip("012345")
    if name == "dumps":
        return lambda: _core.dumps(value, protocol)
    if name == "dump":
        return lambda: _hooked_dump(value)
    if name == "deepcopy":
        return lambda: _core.deepcopy(value)
    if name == "walk":
        return lambda: len(anypickle.explain(value).findings)
    data = _core.dumps(value, protocol)
    if name == "load":
        return lambda: _Unpickler(io.BytesIO(data)).load()
    return lambda: _core.loads(data)


def rounds(act: Callable[[], Any], want: Any, width: int) -> int:
    """Fails `width` allocations (0: all) from the n-th on, for each n; returns how many n there were."""
    n = 0
    while True:
        got: Any = None
        failed = False
        _testcapi.set_nomemory(n, n + width if width else 0)
        try:
            got = act()
        except MemoryError:
            failed = True
        finally:
            _testcapi.remove_mem_hooks()
        if not failed and got != want:
            raise AssertionError(f"wrong answer when allocation {n} fails: {got!r}")
        if not failed and (n > 20_000 or _all_clear(n, act)):
            return n
        del got
        n += 1


def _all_clear(n: int, act: Callable[[], Any]) -> bool:
    """Whether the operation ends before its n-th allocation: when all from there on fail it still succeeds."""
    _testcapi.set_nomemory(n, 0)
    try:
        act()
    except MemoryError:
        return False
    finally:
        _testcapi.remove_mem_hooks()
    return True


def main() -> None:
    kind, name = sys.argv[1:]
    value = VALUES[name]()
    act = operation(kind, value)
    want = act()
    for width in (1, 0):
        sites = rounds(act, want, width)
        counts = []
        for _ in range(3):
            gc.collect()
            counts.append(sys.getallocatedblocks())
            rounds(act, want, width)
            assert act() == want, "not what it was"
        gc.collect()
        counts.append(sys.getallocatedblocks())
        grown = [after - before for before, after in zip(counts, counts[1:], strict=False)]
        assert min(grown) < 3, f"blocks grow by {grown} in rounds over {sites} allocations"
        print(f"{kind} {name}: {sites} allocations, width {width}, blocks grew by {grown}")


if __name__ == "__main__":
    import anypickle

    main()
