"""Threads send, copy, explain and hash while another changes what they use: answers or RuntimeError, never a crash.

Every work is done by threads of its own while one change after the other is made."""

from __future__ import annotations

import contextlib
import copy
import copyreg
import datetime
import decimal
import enum
import io
import pickle
import sys
import threading
import types
import uuid
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pytest

import anypickle
from anypickle import registry
from tests.helpers.threads import in_threads, short_slices  # noqa: F401

ROUNDS = 12
"""Of each work, beside each change."""


pytestmark = pytest.mark.usefixtures("short_slices")


class Plain:
    kind = "plain"

    def __init__(self, number: int) -> None:
        self.number = number
        self.name = f"plain {number}"


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left: Any, right: Any) -> None:
        self.left = left
        self.right = right


@dataclass
class Data:
    one: int = 1
    two: str = "two"


class Reduced:
    def __init__(self, value: int) -> None:
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        return Reduced, (self.value,)


class Refused:
    """What nobody pickles: its generator is in the way."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.generator = (i for i in ())


class Colour(enum.Enum):
    RED = 1
    BLUE = "blue"


Point = namedtuple("Point", "x y")

SPACE: dict[str, Any] = {"__name__": "no.such.module"}
exec(
    "import functools\nlimit = [3]\ndef decorate(f): return functools.wraps(f)(lambda *a: f(*a))\n"
    "class Base:\n kind = 1\n def f(self, x=1): return x + limit[0]\n"
    "class Derived(Base):\n '''A doc.'''\n other: int = 2\n @property\n def p(self): return super().kind\n"
    "def make():\n count = 0\n def inner(x=limit, *, y=None):\n  nonlocal count\n  count += 1\n"
    "  return Derived().f() + count\n return inner\ng = make()\n@decorate\ndef h(x): return x * limit[0]",
    SPACE,
)


class Things:
    """What the threads share."""

    def __init__(self) -> None:
        self.list: list[Any] = [Plain(i) for i in range(20)]
        self.dict: dict[Any, Any] = {i: Reduced(i) for i in range(20)}
        self.set: set[Any] = {f"{i}" for i in range(20)}
        self.plain = Plain(1)
        self.slotted = Slotted(1, [2])
        self.bytes = bytearray(range(200))
        self.deque = deque(range(20))
        self.fixed = (
            [Data(), Data(2), Colour.RED, Colour.BLUE, Point(1, 2.5), uuid.UUID(int=5), range(5)],
            [
                datetime.date(2026, 1, 2),
                datetime.datetime(2026, 1, 2, 3, 4, 5),
                decimal.Decimal("1.5"),
            ],
            {
                "path": PurePosixPath("/a/b"),
                "ordered": OrderedDict(a=1),
                "default": defaultdict(list),
            },
            frozenset({1, 2.5, "x", None}),
            b"y" * 300,
            "text \u20ac",
            -(2**70),
            int.from_bytes,
        )
        self.function = SPACE["g"]
        self.classes = (SPACE["Base"], SPACE["Derived"], SPACE["h"])

    def all(self) -> list[Any]:
        return [
            self.list, self.dict, self.set, self.plain, self.slotted, self.bytes, self.deque,
            self.fixed, self.list,
        ]  # fmt: skip


things = Things()


def dumps_and_loads() -> None:
    for protocol in range(2, 6):
        arrived = anypickle.loads(anypickle.dumps(things.all(), protocol))
        assert arrived[0] is arrived[8]
        assert arrived[7][0][:2] == things.fixed[0][:2]


def by_value() -> None:
    data = anypickle.dumps((things.function, things.classes))
    function, (_base, derived, wrapped) = anypickle.loads(data)
    assert function() > 0
    assert derived().f() >= 4
    assert wrapped(2) >= 6


def to_a_file() -> None:
    file = io.BytesIO()
    anypickle.dump(things.all(), file)
    assert anypickle.loads(bytearray(file.getvalue()))[0]
    file.seek(0)
    assert anypickle.load(file)[7][2]["ordered"] == {"a": 1}


def copies() -> None:
    made = copy.deepcopy([things.all(), things.fixed])
    assert made[0][0] is made[0][8]


def explains() -> None:
    report = anypickle.explain([things.plain, things.dict, Refused()])
    assert not report.ok


def hashes() -> None:
    assert len(anypickle.hash([things.fixed, things.list, things.set])) == 32
    assert anypickle.hash(things.fixed) == anypickle.hash(things.fixed)


def carries_locks() -> None:
    held = [threading.Lock(), threading.RLock(), threading.Condition()]
    assert len(anypickle.loads(anypickle.dumps(held, channel="task"))) == 3


WORKS = (
    dumps_and_loads, by_value, to_a_file, copies, explains, hashes, carries_locks,
)  # fmt: skip


def changes_list(i: int) -> None:
    things.list.append(Plain(i))
    if len(things.list) > 40:
        del things.list[::2]
    things.list[:] = things.list[1:] + things.list[:1]


def changes_dict(i: int) -> None:
    things.dict[i % 60] = Reduced(i % 60)
    if len(things.dict) > 40:
        things.dict.clear()


def changes_set(i: int) -> None:
    things.set.add(f"{i % 60}")
    if len(things.set) > 40:
        things.set.clear()


def changes_instance(i: int) -> None:
    setattr(things.plain, f"a{i % 40}", i)
    if i % 50 == 0:
        things.plain.__dict__.clear()
    if i % 70 == 0:
        things.plain.__dict__ = {"number": i}
    things.slotted.left = [i]
    if i % 30 == 0:
        del things.slotted.left


def changes_bytes(i: int) -> None:
    with contextlib.suppress(BufferError):  # somebody reads it
        things.bytes.append(i % 256)
        if len(things.bytes) > 400:
            del things.bytes[:200]
        things.bytes[0] = i % 256


def changes_class(i: int) -> None:
    setattr(Plain, f"attribute{i % 5}", i)
    if i % 3 == 0:
        Plain.__getstate__ = lambda self: dict(self.__dict__)  # type: ignore[method-assign]
    elif i % 3 == 1 and "__getstate__" in vars(Plain):
        del Plain.__getstate__  # type: ignore[attr-defined]
    Reduced.__doc__ = f"{i}"


def changes_what_goes_by_value(i: int) -> None:
    base, derived, _ = things.classes
    setattr(base, f"attribute{i % 5}", i)
    derived.other = i
    SPACE["limit"] = [3 + i % 5]
    setattr(things.function, f"note{i % 5}", i)


def changes_registry(i: int) -> None:
    anypickle.register(Reduced, lambda it: (Reduced, (it.value,)))
    anypickle.override("obj.*.lock", "fresh")
    with contextlib.suppress(KeyError):
        registry.unregister(Reduced)
    anypickle.override("obj.*.lock", None)


def changes_modules_by_value(i: int) -> None:
    name = f"no_such_module{i % 3}"
    anypickle.register_by_value(name)
    sys.modules[name] = types.ModuleType(name)
    del sys.modules[name]
    anypickle.unregister_by_value(name)


def changes_copyreg(i: int) -> None:
    copyreg.pickle(Plain, lambda it: (Plain, (it.number,)))
    copyreg.add_extension(__name__, "Slotted", 77)
    copyreg.remove_extension(__name__, "Slotted", 77)
    copyreg.dispatch_table.pop(Plain, None)


def installs(i: int) -> None:
    with anypickle.installed():
        copy.deepcopy(things.fixed)


CHANGES = (
    changes_list, changes_dict, changes_set, changes_instance, changes_bytes, changes_class,
    changes_what_goes_by_value, changes_registry, changes_modules_by_value, changes_copyreg, installs,
)  # fmt: skip


def is_of_change(error: Exception) -> bool:
    """Whether an error is what a change in the middle of a walk is told by, or what one leaves behind it."""
    text = str(error)
    return (
        (isinstance(error, RuntimeError) and "chang" in text)
        # A slot that is empty now, or a class that has changed since.
        or (isinstance(error, (AttributeError, pickle.PicklingError)) and "left" in text)
        # The extension is gone that stood for a class in this stream.
        or (isinstance(error, ValueError) and "unregistered extension code" in text)
    )


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_threads_use_is_changed_by_another(change: Callable[[int], None]) -> None:
    global things
    things = Things()
    left = len(WORKS)
    done = threading.Event()

    def repeated(work: Callable[[], None]) -> Callable[[], None]:
        def rounds() -> None:
            nonlocal left
            try:
                for _ in range(ROUNDS):
                    try:
                        work()
                    except Exception as error:
                        if not is_of_change(error):
                            raise
            finally:
                left -= 1
                if left == 0:
                    done.set()

        return rounds

    def changes() -> None:
        for i in range(100_000):
            if done.is_set():
                break
            change(i)

    in_threads(changes, *[repeated(work) for work in WORKS])


def test_the_first_use_of_everything_may_be_by_many() -> None:
    """What is found out once, by the first who needs it: in a program that has used nothing yet."""
    import subprocess

    program = (
        "import threading, anypickle, datetime, copy\n"
        "start = threading.Barrier(4)\n"
        "class C: pass\n"
        "def work():\n"
        "    start.wait()\n"
        "    for protocol in range(6):\n"
        "        value = [threading.Lock(), datetime.date(2026, 1, 2), C(), lambda: 1, {1}, Exception()]\n"
        "        assert anypickle.loads(anypickle.dumps(value, protocol))[1] == value[1]\n"
        "    assert anypickle.hash([1]) == anypickle.hash([1])\n"
        "    with anypickle.installed(): copy.deepcopy(value)\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
    )
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")
