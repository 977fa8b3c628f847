"""dumps, loads and deepcopy against CPython's C `_pickle` and the others.

python -m benchmarks.codec                          everything; writes benchmarks/results/codec.{json,md}
python -m benchmarks.codec --only dumps --fast      a quick look while working; writes nothing
python -m benchmarks.codec --case instances         the cases with that in their name
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks import by_value, files, memory, report, rivals, with_code, workloads
from benchmarks.harness import interleave, ratio


class Bench:
    """One run: its contenders, its thoroughness and the rows that came of it."""

    def __init__(self, *, subject: str, fast: bool, wanted: str) -> None:
        self.stock, self.ours = rivals.stock(), rivals.ours(subject)
        self.module = importlib.import_module(subject)
        everybody = rivals.peers()
        self._peers = [] if fast else everybody
        self.by_value_peers = [peer for peer in everybody if peer.name in ("cloudpickle", "dill")]
        self._rounds, self._sample_seconds = (7, 0.002) if fast else (21, 0.005)
        self._wanted = wanted
        self._memory = not fast
        self.rows: list[report.Row] = []

    def wants(self, case: str) -> bool:
        """Whether the command line asks for it."""
        return self._wanted in case

    def peers_for(self, value: Any) -> list[rivals.Rival]:
        """The others that can carry it."""
        return [peer for peer in self._peers if peer.carries(value)]

    def measure(
        self,
        work: str,
        case: str,
        contenders: dict[str, Callable[[], object]],
        *,
        sizes: dict[str, int] | None = None,
        with_memory: bool = True,
    ) -> None:
        """Time `contenders` (the first is the base, "anypickle" is ours) and keep the row."""
        samples = interleave(contenders, rounds=self._rounds, sample_seconds=self._sample_seconds)
        base, *others = contenders
        peaks = {}
        if self._memory and with_memory:
            peaks = {name: memory.peak_kib(contenders[name]) for name in (base, "anypickle")}
        row = report.Row(
            work=work,
            case=case,
            base=base,
            seconds={name: statistics.median(values) for name, values in samples.items()},
            ratios={name: ratio(samples[base], samples[name]) for name in others},
            sizes=sizes or {},
            peak_kib=peaks,
        )
        self.rows.append(row)
        print(row.line(), flush=True)


def dumps(bench: Bench, cases: dict[str, Callable[[], Any]]) -> None:
    """Writing. What ours wrote is read by stock and compared."""
    for case, build in cases.items():
        if not bench.wants(case):
            continue
        value = build()
        if not rivals.same(bench.stock.loads(bench.ours.writer(value)()), value):
            raise AssertionError(f"{case}: stock does not read what anypickle wrote")
        all_of_them = [bench.stock, bench.ours, *bench.peers_for(value)]
        contenders = {r.name: r.writer(value) for r in all_of_them}
        if case == "10 MB bytes":
            contenders["memcpy"] = partial(bytes, memoryview(value))
        sizes = {name: len(write()) for name, write in contenders.items()}
        bench.measure("dumps", case, contenders, sizes=sizes)


def loads(bench: Bench, cases: dict[str, Callable[[], Any]]) -> None:
    """Reading. Ours and stock's read the same stream, which stock wrote; the others their own."""
    for case, build in cases.items():
        if not bench.wants(case):
            continue
        value = build()
        stream = bench.stock.writer(value)()
        if not rivals.same(bench.ours.loads(stream), value):
            raise AssertionError(f"{case}: anypickle does not read what stock wrote")
        contenders = {r.name: r.reader(stream) for r in (bench.stock, bench.ours)}
        contenders |= {r.name: r.reader(r.writer(value)()) for r in bench.peers_for(value)}
        bench.measure("loads", case, contenders)


def out_of_band(bench: Bench) -> None:
    """An array whose buffer is handed over beside the stream: nothing to copy."""
    case = "80 MB array out of band"
    if not bench.wants(case):
        return
    value = workloads.LARGE["80 MB array"]()
    both = [bench.stock, bench.ours]
    buffers: list[Any] = []
    stream = bench.ours.dumps(value, 5, buffer_callback=buffers.append)
    back = bench.ours.loads(stream, buffers=buffers)
    assert (back == value).all() and len(stream) < 1000, "out of band: another array came back"
    nobody: deque[Any] = deque(
        maxlen=0
    )  # a callback that answers None keeps a buffer out of the stream
    writers = {r.name: partial(r.dumps, value, 5, buffer_callback=nobody.append) for r in both}
    bench.measure("dumps", case, writers)
    bench.measure("loads", case, {r.name: partial(r.loads, stream, buffers=buffers) for r in both})


def deepcopy(bench: Bench) -> None:
    """`copy.deepcopy`, as it is and under `install()`."""
    import copy

    import anypickle

    case = "10 deepcopies of a tree of 100,000"
    if not bench.wants(case):
        return
    value = workloads.tree_of_100_000()

    def copies() -> object:
        for _ in range(9):
            copy.deepcopy(value)
        return copy.deepcopy(value)

    def installed() -> object:  # a program installs once: ten copies for each time
        with anypickle.installed():
            return copies()

    assert rivals.same(installed(), value), "deepcopy: another tree came back"
    bench.measure("deepcopy", case, {"copy": copies, "anypickle": installed})


def main(argv: list[str]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codec", description=__doc__)
    parser.add_argument("--only", choices=["dumps", "loads", "deepcopy"])
    parser.add_argument("--case", default="", help="only cases with this in their name")
    parser.add_argument("--subject", default="anypickle", help="the module that is measured")
    parser.add_argument(
        "--fast", action="store_true", help="short, ours and _pickle alone, no files"
    )
    args = parser.parse_args(argv)
    bench = Bench(subject=args.subject, fast=args.fast, wanted=args.case)
    cases = {**workloads.MANY, **workloads.ONE, **workloads.LARGE}
    if args.only in (None, "dumps"):
        dumps(bench, cases)
    if args.only in (None, "loads"):
        loads(bench, cases)
    if args.only is None:
        out_of_band(bench)
    if args.only != "deepcopy":
        works = (args.only,) if args.only else ("dumps", "loads")
        with_code.measure(bench, works)
        files.measure(bench, {**workloads.MANY, **workloads.ONE}, works)
        by_value.measure(bench, works)
    if args.only in (None, "deepcopy"):
        deepcopy(bench)
    print(report.means(bench.rows))
    if not (args.fast or args.only or args.case or args.subject != "anypickle"):
        for path in report.write(bench.rows, "codec", "python -m benchmarks.codec"):
            print(f"Wrote {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
