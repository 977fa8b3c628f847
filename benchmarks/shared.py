"""Queues and locks between processes against multiprocessing's, its manager's and faster-fifo.

python -m benchmarks.shared                    everything; writes benchmarks/results/shared.{json,md}
python -m benchmarks.shared --fast             a quick look; writes nothing
python -m benchmarks.shared --only 1:1         the works with that in their name
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing as mp
import os
import platform
import queue
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any

import numpy

import anypickle
from anypickle import shared
from benchmarks.harness import ratio

CONTEXT = mp.get_context("fork")
RESULTS = Path(__file__).parent / "results"


@dataclass
class Row:
    """One work: what each contender made of it (`unit`), and how many times better ours is."""

    work: str
    unit: str
    medians: dict[str, float]
    times_better: dict[str, float]


class FasterFifo:
    """faster_fifo.Queue with what it needs to take every message: room, a receive buffer, and patience."""

    def __init__(self, size: int) -> None:
        from faster_fifo import Queue  # type: ignore[import-not-found]

        self._queue = Queue(max(64 * 1024 * 1024, 20 * size))
        self._size = size
        self._ready = False

    def put(self, item: object) -> None:
        self._queue.put(item, timeout=60)

    def get(self) -> object:
        if (
            not self._ready
        ):  # with a receive buffer that is too small it can raise Empty for nothing
            self._queue.reallocate_msg_buffer(max(1_000_000, 4 * self._size))
            self._ready = True
        return self._queue.get(timeout=60)


def queues(size: int) -> dict[str, Callable[[], Any]]:
    """The contenders for messages of about that size."""
    found: dict[str, Callable[[], Any]] = {
        "mp.Queue": CONTEXT.Queue,
        "mp.SimpleQueue": CONTEXT.SimpleQueue,
        "anypickle": shared.Queue,
    }
    try:
        import faster_fifo  # noqa: F401
    except ImportError:
        return found
    found["faster-fifo"] = lambda: FasterFifo(size)
    return found


class Managed(BaseManager):
    """A process that has the standard library's queues and is asked for each item."""


Managed.register("LifoQueue", queue.LifoQueue)
Managed.register("PriorityQueue", queue.PriorityQueue)


def ordered_queues(kind: str, managed: Managed) -> dict[str, Callable[[], Any]]:
    """The contenders for a queue with an order of its own."""
    return {"anypickle": getattr(shared, kind), "Manager": getattr(managed, kind)}


class Wire:
    """A pipe with a queue's methods, between one producer and one consumer."""

    def __init__(self) -> None:
        reader, writer = CONTEXT.Pipe(duplex=False)
        self.get, self.put = reader.recv, writer.send


def _produce(
    channel: Any, items: list[Any], count: int, start: Any, times: Any, number: int
) -> None:
    start.wait()
    times[number] = time.perf_counter()
    for item in itertools.islice(itertools.cycle(items), count):
        channel.put(item)
    if hasattr(channel, "join_thread"):
        channel.close()
        channel.join_thread()


def _consume(channel: Any, count: int, start: Any, times: Any, number: int) -> None:
    start.wait()
    for _ in range(count):
        channel.get()
    times[number] = time.perf_counter()


def throughput(
    make: Callable[[], Any], items: list[Any], count: int, producers: int, consumers: int
) -> float:
    """Messages per second, from the first that is put to the last that was got; the items in turns."""
    channel = make()
    start = CONTEXT.Barrier(producers + consumers)
    times = CONTEXT.RawArray("d", producers + consumers)
    workers = [
        CONTEXT.Process(target=_produce, args=(channel, items, count // producers, start, times, i))
        for i in range(producers)
    ]
    workers += [
        CONTEXT.Process(
            target=_consume, args=(channel, count // consumers, start, times, producers + i)
        )
        for i in range(consumers)
    ]
    for worker in workers:
        worker.start()
    for worker in reversed(workers):
        worker.join()
    assert all(worker.exitcode == 0 for worker in workers)
    return count / (max(times[producers:]) - min(times[:producers]))


def _echo(there: Any, back: Any, count: int) -> None:
    for _ in range(count):
        back.put(there.get())


def round_trip(make: Callable[[], Any], count: int) -> float:
    """Round trips per second (the median of single ones)."""
    there, back = make(), make()
    worker = CONTEXT.Process(target=_echo, args=(there, back, count))
    worker.start()
    times = []
    for i in range(count):
        began = time.perf_counter()
        there.put(i)
        back.get()
        times.append(time.perf_counter() - began)
    worker.join()
    return 1 / statistics.median(times)


def between_threads(make: Callable[[], Any], count: int) -> float:
    """Messages per second between two threads of one process."""
    channel = make()
    producer = threading.Thread(target=lambda: [channel.put(i) for i in range(count)])
    began = time.perf_counter()
    producer.start()
    for _ in range(count):
        channel.get()
    producer.join()
    return count / (time.perf_counter() - began)


def lock_pairs(make: Callable[[], Any], count: int) -> float:
    """Uncontended acquire and release, pairs per second."""
    lock = make()
    acquire, release = lock.acquire, lock.release
    began = time.process_time()
    for _ in range(count):
        acquire()
        release()
    return count / (time.process_time() - began)


def lock_blocks(make: Callable[[], Any], count: int) -> float:
    """The same by a `with` statement."""
    lock = make()
    began = time.process_time()
    for _ in range(count):
        with lock:
            pass
    return count / (time.process_time() - began)


def installed(kind: str) -> Any:
    """What `threading` makes while anypickle is installed."""
    with anypickle.installed():
        return getattr(threading, kind)()


def promoted(kind: str) -> Any:
    """The same after it was handed to a process."""
    lock = installed(kind)
    lock._promote()
    return lock


def _take_turns(lock: Any, count: int) -> None:
    for _ in range(count):
        with lock:
            pass


def contended(make: Callable[[], Any], processes: int, count: int) -> float:
    """Processes that fight for one lock: `with` blocks of all of them per second."""
    with anypickle.installed():
        lock = make()
        started = [
            CONTEXT.Process(target=_take_turns, args=(lock, count // processes))
            for _ in range(processes)
        ]
        began = time.perf_counter()
        for process in started:
            process.start()
        for process in started:
            process.join()
        return count / (time.perf_counter() - began)


def _wait_for_one(channel: Any, used: Any) -> None:
    before = time.process_time()
    channel.get()
    used[0] = time.process_time() - before


def idleness(make: Callable[[], Any], seconds: float) -> float:
    """Seconds that a consumer waits for one second of processor time."""
    channel = make()
    used = CONTEXT.RawArray("d", 1)
    worker = CONTEXT.Process(target=_wait_for_one, args=(channel, used))
    worker.start()
    time.sleep(seconds)
    channel.put(None)
    worker.join()
    return seconds / max(used[0], 1e-6)


class Bench:
    """One run."""

    def __init__(self, *, rounds: int, scale: float, wanted: str) -> None:
        self._rounds, self._scale, self._wanted = rounds, scale, wanted
        self.rows: list[Row] = []

    def measure(self, work: str, unit: str, contenders: dict[str, Callable[[], float]]) -> None:
        """Runs the contenders in turns and keeps the row."""
        if self._wanted not in work:
            return
        rates: dict[str, list[float]] = {name: [] for name in contenders}
        order = list(contenders)
        for _ in range(self._rounds):
            order.append(order.pop(0))
            for name in order:
                rates[name].append(contenders[name]())
        ours = [1 / rate for rate in rates["anypickle"]]
        better = {
            name: ratio([1 / rate for rate in values], ours).value
            for name, values in rates.items()
            if name != "anypickle"
        }
        row = Row(
            work, unit, {name: statistics.median(values) for name, values in rates.items()}, better
        )
        self.rows.append(row)
        print(line_of(row), flush=True)

    def messages(
        self, name: str, item: Any, size: int, count: int, shapes: list[tuple[int, int]]
    ) -> None:
        """Throughput of one message in several shapes."""
        count = max(8, int(count * self._scale) // 8 * 8)
        for producers, consumers in shapes:
            rivals = queues(size)
            if producers == consumers == 1:
                rivals["mp.Pipe"] = Wire
            contenders: dict[str, Callable[[], float]] = {
                which: partial(throughput, make, [item], count, producers, consumers)
                for which, make in rivals.items()
            }
            self.measure(f"{name} {producers}:{consumers}", "messages/s", contenders)


def line_of(row: Row) -> str:
    """A row as text."""
    rates = "  ".join(f"{name} {value:,.0f}" for name, value in row.medians.items())
    better = "  ".join(f"{value:.1f}x {name}" for name, value in row.times_better.items())
    return f"{row.work:28} {rates}   | {better}"


def page_of(rows: list[Row]) -> str:
    """The rows as Markdown."""
    names = [
        "anypickle",
        "mp.Queue",
        "mp.SimpleQueue",
        "mp.Pipe",
        "faster-fifo",
        "Manager",
        "queue.Queue",
        "threading.Lock",
        "threading.RLock",
        "mp.Lock",
    ]
    used = [name for name in names if any(name in row.medians for row in rows)]
    head = (
        f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}; "
    )
    head += "`python -m benchmarks.shared`\n\n"
    head += "| work | unit | " + " | ".join(used) + " |\n|" + "---|" * (len(used) + 2) + "\n"
    lines = []
    for row in rows:
        cells = []
        for name in used:
            cell = f"{row.medians[name]:,.0f}" if name in row.medians else "-"
            cells.append(
                cell + (f" ({row.times_better[name]:.1f}x)" if name in row.times_better else "")
            )
        lines.append(f"| {row.work} | {row.unit} | " + " | ".join(cells) + " |\n")
    return head + "".join(lines) + "\nIn brackets: how many times better anypickle is.\n"


def run(bench: Bench, scale: float) -> None:
    """All works."""
    shapes = [(1, 1), (4, 1), (1, 4), (2, 2)]
    bench.messages("bytes 16 B", b"x" * 16, 16, 100_000, shapes)
    bench.messages("tuple (int, str)", (12345, "abc"), 16, 100_000, shapes)
    bench.messages("bytes 64 KB", b"x" * 65536, 65536, 12_000, [(1, 1), (2, 2)])
    bench.messages("bytes 1 MB", b"x" * (1 << 20), 1 << 20, 800, [(1, 1), (2, 2)])
    array = numpy.zeros(1 << 20)
    bench.messages("array 8 MB", array, array.nbytes, 48, [(1, 1)])
    for megabytes in (1, 8, 64):
        item = shared.share(numpy.zeros(megabytes << 17))
        ours = partial(throughput, shared.Queue, [item], int(50_000 * scale), 1, 1)
        bench.measure(f"shared array {megabytes} MB 1:1", "messages/s", {"anypickle": ours})
    ranked = [(rank * 7919 % 1000, "abc") for rank in range(1000)]
    with Managed(ctx=CONTEXT) as managed:
        for kind, (producers, consumers) in itertools.product(
            ("LifoQueue", "PriorityQueue"), ((1, 1), (2, 2))
        ):
            contenders: dict[str, Callable[[], float]] = {
                name: partial(throughput, make, ranked, int(8_000 * scale), producers, consumers)
                for name, make in ordered_queues(kind, managed).items()
            }
            bench.measure(f"{kind} {producers}:{consumers}", "messages/s", contenders)
    trips = int(10_000 * scale)
    bench.measure(
        "round trip",
        "1/s",
        {name: partial(round_trip, make, trips) for name, make in queues(16).items()},
    )
    count = int(200_000 * scale)
    bench.measure(
        "between threads",
        "messages/s",
        {
            "queue.Queue": lambda: between_threads(queue.Queue, count),
            "anypickle": lambda: between_threads(shared.Queue, count),
        },
    )
    bench.measure(
        "waiting for a message",
        "s of waiting per s of processor",
        {name: partial(idleness, make, 1.0) for name, make in queues(16).items()},
    )
    locks: dict[str, Callable[[], Any]] = {
        "threading.Lock": threading.Lock,
        "mp.Lock": CONTEXT.Lock,
        "anypickle": shared.Lock,
    }
    bench.measure(
        "lock, acquire and release",
        "pairs/s",
        {name: partial(lock_pairs, make, count * 2) for name, make in locks.items()},
    )
    bench.measure(
        "lock, with statement",
        "blocks/s",
        {name: partial(lock_blocks, make, count * 2) for name, make in locks.items()},
    )
    for kind in ("Lock", "RLock"):
        stock: Any = {"Lock": threading.Lock, "RLock": threading.RLock}[kind]
        for name, make in (("private", installed), ("promoted", promoted)):
            for form, work in (("calls", lock_pairs), ("with", lock_blocks)):
                bench.measure(
                    f"threading.{kind}, installed, {name}: {form}",
                    "pairs/s",
                    {
                        f"threading.{kind}": partial(work, stock, count * 2),
                        "anypickle": partial(work, partial(make, kind), count * 2),
                    },
                )
    for processes in (2, 4):
        bench.measure(
            f"threading.Lock handed to {processes} processes",
            "blocks/s",
            {
                "anypickle": partial(contended, partial(installed, "Lock"), processes, count),
                "mp.Lock": partial(contended, CONTEXT.Lock, processes, count),
            },
        )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    scale = 0.25 if args.fast else 1.0
    bench = Bench(rounds=3 if args.fast else 5, scale=scale, wanted=args.only)
    run(bench, scale)
    if args.fast or args.only:
        return
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "shared.json").write_text(
        json.dumps([asdict(row) for row in bench.rows], indent=1) + "\n"
    )
    (RESULTS / "shared.md").write_text(page_of(bench.rows))
    print(f"Wrote {RESULTS / 'shared.md'}")


if __name__ == "__main__":
    main()
