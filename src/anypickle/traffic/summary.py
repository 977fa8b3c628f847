"""Adds up what all processes of a run have counted: one `Row` for each line of the program that sent something."""

from __future__ import annotations

from collections.abc import Iterator

from anypickle.traffic.tallies import read

__all__ = ["Again", "Row", "Run", "add_up"]

Key = tuple[str, int, str]
"""File, line, channel."""


# No dataclasses: they import `inspect`, and every program that is reported on would wait for it.


class Again:
    """Something that one line has sent several times."""

    __slots__ = ("bytes", "size", "times", "what")

    def __init__(self, what: str, size: int) -> None:
        self.what = what
        self.size = size
        self.times = 0
        self.bytes = 0


class Row:
    """What one line has sent by one channel."""

    __slots__ = (
        "again",
        "bytes",
        "channel",
        "count",
        "errors",
        "fallbacks",
        "file",
        "function",
        "line",
        "policies",
        "processes",
        "seconds",
        "told",
        "what",
    )

    def __init__(self, file: str, line: int, function: str, channel: str, what: str) -> None:
        self.file = file
        self.line = line
        self.function = function
        self.channel = channel
        self.what = what
        self.count = 0
        self.bytes = 0
        self.seconds = 0.0
        self.errors = 0
        self.processes: set[int] = set()
        self.policies: dict[tuple[str, str], int] = {}
        """(kind, policy) -> how many."""
        self.fallbacks: dict[str, int] = {}
        """Picklers of others that did it."""
        self.told: dict[tuple[str, str], int] = {}
        """(error, path) -> how many."""
        self.again: list[Again] = []

    @property
    def place(self) -> str:
        """`file:line`, or what a worker does by itself."""
        return f"{self.file}:{self.line}" if self.file else "workers"

    @property
    def advice(self) -> Iterator[str]:
        """What to do, in sentences."""
        for again in self.again:
            times = f"{again.times:,} times" if again.times > 1 else "again, after another line had"
            yield (
                f"{again.what} of {again.size:,} bytes was sent {times} "
                f"({again.bytes:,} bytes): share it once, `anypickle.share(array)`, or give it to the "
                "initializer of the pool"
            )
        for (error, path), failed in self.told.items():
            where = f" at {path}" if path else ""
            yield f"{failed:,} failed{where} with {error}: `print(anypickle.explain(obj))` tells all of it"


class Run:
    """Everything that crossed in a run, the most bytes first."""

    __slots__ = ("command", "cut_off", "processes", "rows", "seconds")

    def __init__(
        self, command: str, seconds: float, processes: int, rows: list[Row], *, cut_off: bool
    ) -> None:
        self.command = command
        self.seconds = seconds
        self.processes = processes
        self.rows = rows
        self.cut_off = cut_off
        """Whether its first process was killed, or left by `os._exit`: what was counted until then is there."""

    @property
    def bytes(self) -> int:
        """In all."""
        return sum(row.bytes for row in self.rows)

    @property
    def count(self) -> int:
        """How many crossings."""
        return sum(row.count for row in self.rows)


def add_up(folder: str, command: str = "", seconds: float = 0.0, *, cut_off: bool = False) -> Run:
    """The run whose processes have counted into this folder."""
    rows: dict[Key, Row] = {}
    again: dict[tuple[Key, str, int], Again] = {}
    processes: set[int] = set()
    slots = list(read(folder))
    for pid, label, numbers in slots:
        if label["of"] not in ("site", "rest"):
            continue
        processes.add(pid)
        row = rows.setdefault(_key(label), _row(label))
        row.count += numbers[0]
        row.bytes += numbers[1]
        row.seconds += numbers[2] / 1e9
        row.errors += numbers[3]
        row.processes.add(pid)
    for _, label, (count, size, *_) in slots:
        found = rows.get(_key(label))
        if found is None or label["of"] in ("site", "rest"):
            continue
        first, second = label["first"], label["second"]
        if label["of"] == "policy":
            found.policies[first, second] = found.policies.get((first, second), 0) + count
        elif label["of"] == "fallback":
            found.fallbacks[first] = found.fallbacks.get(first, 0) + count
        elif label["of"] == "error":
            found.told[first, second] = found.told.get((first, second), 0) + count
        else:
            sent = again.get((_key(label), first, label["size"]))
            if sent is None:
                sent = again[_key(label), first, label["size"]] = Again(first, label["size"])
                found.again.append(sent)
            sent.times += count
            sent.bytes += size
    for row in rows.values():
        row.again.sort(key=lambda sent: -sent.bytes)
    order = sorted(rows.values(), key=lambda row: (-row.bytes, -row.count, row.place))
    return Run(command, seconds, len(processes), order, cut_off=cut_off)


def _key(label: dict[str, object]) -> Key:
    return (
        str(label.get("file", "")),
        int(str(label.get("line", 0))),
        str(label.get("channel", "")),
    )


def _row(label: dict[str, object]) -> Row:
    file, line, channel = _key(label)
    what = "everything else" if label["of"] == "rest" else str(label["what"])
    return Row(file, line, str(label.get("function", "")), channel, what)
