"""The same stream to `pickle.loads` and to ours: the same value from both, or an error from both.

    python tests/conformance/loads_differential.py --seconds 60 --seed 1 [--flips N]

Streams are random programs of opcodes that mostly keep the stack in order, every prefix of golden streams, and golden
streams with bits flipped. Run it in a process of its own: CPython before 3.14 allocates what a stream claims, so memory
is limited here. Exit status 1 and the stream in hexadecimal when the two disagree.
"""

from __future__ import annotations

import argparse
import base64
import io
import itertools
import json
import pickle
import random
import resource
import signal
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

import inert  # noqa: E402

import anypickle  # noqa: E402

MOST_NODES = 20_000
ATOMS = (type(None), bool, int, str, bytes, complex, type, type(len), type(lambda: 0))


def fingerprint(value: Any) -> list[Any]:
    """A flat description of the graph: types, values, sharing."""
    out: list[Any] = []
    seen: dict[int, int] = {}
    keep: list[Any] = []
    waiting = [value]
    while waiting and len(out) < MOST_NODES:
        item = waiting.pop()
        kind = type(item)
        if kind is float:
            out.append(struct.pack("d", item))
        elif kind is complex:
            out.append(repr(item))
        elif kind in ATOMS:
            out.append((kind.__name__, item))
        elif id(item) in seen:
            out.append(("again", seen[id(item)]))
        else:
            seen[id(item)] = len(seen)
            keep.append(item)
            out.append(kind.__qualname__)
            waiting += parts(item, out)
    return out


def parts(item: Any, out: list[Any]) -> list[Any]:
    """The children; what is no child goes to `out` at once."""
    found: list[Any] = []
    if isinstance(item, dict):
        for key, value in dict.items(item):
            found += [key, value]
    elif isinstance(item, (list, tuple)):
        found += item
    elif isinstance(item, (set, frozenset)):
        out.append(sorted(f"{type(one).__name__}{one!r:.60}" for one in item if type(one) in ATOMS))
    elif isinstance(item, (bytearray, memoryview)):
        out.append(bytes(item))
    for name in ("a", "b"):
        if type(item) is inert.Slotted and hasattr(item, name):
            found.append(getattr(item, name))
    if type(item).__module__ in ("inert", "tests.interop.kinds"):
        for name, value in list(getattr(item, "__dict__", {}).items()):
            found += [name, value]
    return found


def outcome(loads: Any, data: bytes) -> Any:
    """The fingerprint of what it gives, or the type of what it raises."""
    inert.Guarded.count = 0
    try:
        value = loads(data)
    except RecursionError:
        return None
    except Exception as error:
        return type(error)
    try:
        return fingerprint(value)
    except Exception as error:  # broken halves of objects
        return ("no fingerprint", type(error))


class Short(io.BytesIO):
    """A file that never gives all that it is asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size, 3) if size is not None and size >= 0 else 3)

    def readinto(self, buffer: Any, /) -> int:
        return super().readinto(memoryview(buffer)[:3])


def from_file(data: bytes) -> Any:
    """Through load, which does without the shortcuts that need the whole stream."""
    return anypickle.load((Short if len(data) % 2 else io.BytesIO)(data))


def agree(data: bytes, *, files: bool = True) -> bool:
    """Whether the two do the same with it."""
    stock = outcome(pickle.loads, data)
    ours = outcome(anypickle.loads, data)
    if stock is None or ours is None or stock is MemoryError:  # CPython ran out where we may not
        return True
    both_raise = isinstance(stock, type) and isinstance(ours, type)
    # Empty bytes at the very end are "truncated" for CPython; for us it is the STOP that is missing.
    ended = {EOFError, pickle.UnpicklingError}
    same = stock == ours or (both_raise and (ours is MemoryError or {stock, ours} == ended))
    if same and files and b"\x95" not in data:
        filed = outcome(from_file, data)
        same = (
            filed == ours or filed is None or (isinstance(filed, type) and isinstance(ours, type))
        )
        ours = filed
    if not same:
        print(f"stock: {stock!s:.300}\nours:  {ours!s:.300}\n{data.hex()}", flush=True)
    return same


class Programs:
    """Random programs: most operations find on the stack what they need."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def text(self) -> bytes:
        """Some characters, mostly those that names and GETs are made of."""
        rng = self.rng
        choices = [
            "a",
            "b",
            "hj",
            "g5",
            "left",
            "__setstate__",
            "\xe9\u20ac",
            "",
            "x" * 70,
            "inert",
            "Plain",
        ]
        return rng.choice(choices).encode()

    def scalar(self) -> bytes:
        """One value."""
        rng = self.rng
        text = self.text()
        return rng.choice(
            [
                b"N", b"\x88", b"\x89", b"K" + rng.randbytes(1), b"M" + rng.randbytes(2), b"J" + rng.randbytes(4),
                b"\x8a\x05" + rng.randbytes(5), b"\x8a\x0a" + rng.randbytes(10), b"G" + rng.randbytes(8),
                b"\x8c" + bytes([len(text)]) + text, b"X" + struct.pack("<I", len(text)) + text,
                b"C" + bytes([len(text)]) + text, b"U\x02ab", b"I01\n", b"I7\n", b"L99999999999999999999L\n", b"F1.5\n",
                b"S'ab'\n", b"Vab\\u00e9\n", b"]", b"}", b")", b"\x8f", b"\x96\x02" + bytes(7) + b"ab",
            ]
        )  # fmt: skip

    def named(self) -> bytes:
        """A global of ours."""
        name = self.rng.choice(inert.NAMES).encode()
        if self.rng.random() < 0.5:
            return b"cinert\n" + name + b"\n"
        return (
            b"\x8c\x05inert"
            + self.keep()
            + b"\x8c"
            + bytes([len(name)])
            + name
            + self.keep()
            + b"\x93"
        )

    def keep(self) -> bytes:
        """Perhaps an entry in the memo."""
        rng = self.rng
        return rng.choice(
            [
                b"",
                b"",
                b"\x94",
                b"\x94",
                b"q" + bytes([rng.randrange(8)]),
                b"p%d\n" % rng.randrange(8),
            ]
        )

    def get(self) -> bytes:
        """Something out of the memo."""
        index = self.rng.randrange(8)
        return self.rng.choice(
            [b"h" + bytes([index]), b"j" + struct.pack("<I", index), b"g%d\n" % index]
        )

    def items(self, depth: int, *, pairs: bool = False) -> bytes:
        """Values after a MARK."""
        count = self.rng.choice([0, 1, 2, 3, 7]) * (2 if pairs else 1)
        keys = pairs and self.rng.random() < 0.9
        return b"(" + b"".join(
            (b"\x8c\x01" + self.rng.choice([b"a", b"b", b"c"]) + self.keep())
            if keys and i % 2 == 0
            else self.value(depth - 1)
            for i in range(count)
        )

    def value(self, depth: int) -> bytes:
        """A value, with whatever makes it."""
        rng = self.rng
        if depth <= 0:
            return self.scalar() + self.keep()
        return rng.choice(
            [
                lambda: self.scalar() + self.keep(),
                lambda: self.get() + self.keep(),
                lambda: self.few(depth) + self.keep(),
                lambda: b"]" + self.keep() + self.items(depth) + b"e",
                lambda: b"]" + self.keep() + self.value(depth - 1) + b"a",
                lambda: b"}" + self.keep() + self.items(depth, pairs=True) + b"u",
                lambda: b"}" + self.keep() + self.scalar() + self.value(depth - 1) + b"s",
                lambda: b"\x8f" + self.keep() + self.items(depth) + b"\x90",
                lambda: self.items(depth) + rng.choice([b"l", b"t", b"\x91"]) + self.keep(),
                lambda: self.items(depth, pairs=True) + b"d" + self.keep(),
                lambda: self.named() + self.keep(),
                lambda: self.named() + self.keep() + self.few(depth) + self.keep() + b"R" + self.keep(),
                lambda: self.named() + self.keep() + self.few(depth) + self.keep() + b"\x81" + self.keep(),
                lambda: self.named() + self.keep() + self.few(depth) + b"}\x92" + self.keep(),
                lambda: self.named() + b")\x81" + self.keep() + self.state(depth),
                lambda: self.named() + b")\x81" + self.keep() + self.state(depth) + self.state(depth),
                lambda: self.named() + b")R" + self.items(depth) + rng.choice([b"e", b"\x90"]),
                lambda: self.named() + b")R" + self.items(depth, pairs=True) + b"u",
                lambda: b"(" + self.named() + self.items(depth)[1:] + b"o" + self.keep(),
                lambda: self.items(depth) + b"iinert\n" + rng.choice(inert.NAMES).encode() + b"\n" + self.keep(),
                lambda: self.value(depth - 1) + b"2" + rng.choice([b"0", b"\x86", b"a"]),
                lambda: self.items(depth) + b"1" + self.value(depth - 1),
                lambda: b"}" + self.keep() + rng.choice([b"(0", b"(1N", b"(l\x86", b"((u", b"(N\x90", b"(e"]),
            ]
        )()  # fmt: skip

    def few(self, depth: int) -> bytes:
        """A short tuple."""
        size = self.rng.randrange(4)
        return (
            b"".join(self.value(depth - 1) for _ in range(size))
            + [b")", b"\x85", b"\x86", b"\x87"][size]
        )

    def state(self, depth: int) -> bytes:
        """A state and the BUILD that gives it."""
        made = self.rng.choice(
            [
                lambda: b"}" + self.keep() + self.items(depth, pairs=True) + b"u",
                lambda: (
                    b"N}" + self.keep() + self.items(depth, pairs=True) + b"u\x86" + self.keep()
                ),
                lambda: self.value(depth - 1),
            ]
        )()
        return made + b"b"

    def program(self) -> bytes:
        """A whole stream, sometimes broken on purpose."""
        rng = self.rng
        data = (
            rng.choice([b"", b"\x80\x02", b"\x80\x04", b"\x80\x05"])
            + self.value(rng.randrange(1, 5))
            + b"."
        )
        if rng.random() < 0.3:
            at = rng.randrange(len(data))
            piece = rng.choice(
                [b"", rng.randbytes(1), self.scalar(), b"(", b"\x94", b"0", self.get()]
            )
            data = data[:at] + piece + data[at + rng.randrange(3) :]
        if rng.random() < 0.2:
            data = b"\x80\x04\x95" + struct.pack("<Q", len(data)) + data
        return data


def golden() -> Iterator[bytes]:
    """The streams of stock that this Python can compare."""
    for protocol in json.loads(
        (HERE.parent / "interop/golden/stock-3.11.json").read_text()
    ).values():
        for stream in protocol.values():
            yield zlib.decompress(base64.b64decode(stream))


def mutations(stream: bytes, *, flips: int, rng: random.Random) -> Iterator[bytes]:
    """Prefixes and single flipped bits: all of them if `flips` is 0, else that many of each."""
    places = (
        range(len(stream))
        if not flips
        else sorted(rng.sample(range(len(stream)), min(flips, len(stream))))
    )
    for at in places:
        yield stream[:at]
        for bit in range(8) if not flips else [rng.randrange(8)]:
            yield stream[:at] + bytes([stream[at] ^ 1 << bit]) + stream[at + 1 :]


def damaged(rng: random.Random, flips: int) -> Iterator[bytes]:
    """What golden streams become when they are damaged."""
    every = [stream for stream in golden() if len(stream) < 5000]
    rng.shuffle(every)
    for stream in every:
        yield stream
        yield from mutations(stream, flips=flips, rng=rng)


def streams(rng: random.Random, flips: int) -> Iterator[bytes]:
    """A damaged golden stream for every ten programs; programs alone when those are through."""
    broken = damaged(rng, flips)
    programs = Programs(rng)
    while True:
        yield from itertools.islice(broken, 1)
        for _ in range(10):
            yield programs.program()


def main() -> int:
    """Compare until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--flips", type=int, default=5, help="of each golden stream; 0: all of them"
    )
    parser.add_argument("--gigabytes", type=int, default=1, help="of address space; 0: unlimited")
    args = parser.parse_args()
    if args.gigabytes:
        resource.setrlimit(resource.RLIMIT_AS, (args.gigabytes << 30, args.gigabytes << 30))
    count = 0
    end = time.monotonic() + args.seconds
    for data in streams(random.Random(args.seed), args.flips):
        if time.monotonic() > end:
            break
        count += 1
        signal.alarm(30)  # a hang ends the process
        if not agree(data):
            print(f"disagreement on stream {count} of seed {args.seed}")
            return 1
    print(f"{count} streams, no disagreement (seed {args.seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
