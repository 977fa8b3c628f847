"""Times contenders fairly: interleaved, in one process, as ratios of medians with their spread.

    samples = interleave({"stock": f, "ours": g}, rounds=15, sample_seconds=0.005)
    ratio(samples["stock"], samples["ours"])   # how many times faster "ours" is

A machine that slows down for a while slows all of them down: every round times each contender once, each time
beginning with another one. Times are of the processor, so that a contender does
not pay for other programs. The garbage collector waits until the round is over, as in `timeit`.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time_ns

Call = Callable[[], object]
_MOST_SECONDS = 5.0  # for one row, as long as there are
_FEWEST_ROUNDS = 7


@dataclass(frozen=True)
class Ratio:
    """How many times faster: of the medians, and the quartiles of what the single rounds say."""

    value: float
    low: float
    high: float


def _seconds(call: Call, count: int) -> float:
    repeat = range(count)
    start = process_time_ns()
    for _ in repeat:
        call()
    return (process_time_ns() - start) / 1e9


def _calibrate(call: Call, sample_seconds: float) -> int:
    """How often to call it so that one sample takes about `sample_seconds`."""
    count = 1
    while (taken := _seconds(call, count)) < sample_seconds / 2:
        count = max(count * 2, min(count * 100, int(count * sample_seconds / max(taken, 1e-9))))
    return count


def interleave(
    contenders: dict[str, Call], *, rounds: int, sample_seconds: float
) -> dict[str, list[float]]:
    """Seconds per call of each contender, one number for each round. Rounds of slow calls are fewer."""
    gc.collect()
    counts = {name: _calibrate(call, sample_seconds) for name, call in contenders.items()}
    round_seconds = sum(_seconds(call, counts[name]) for name, call in contenders.items())
    rounds = max(min(rounds, int(_MOST_SECONDS / round_seconds)), _FEWEST_ROUNDS)
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    try:
        for _ in range(rounds):
            gc.collect()
            gc.disable()
            order.append(order.pop(0))
            for name in order:
                samples[name].append(_seconds(contenders[name], counts[name]) / counts[name])
            gc.enable()
    finally:
        gc.enable()
    return samples


def ratio(base: list[float], other: list[float]) -> Ratio:
    """How many times faster `other` is than `base`."""
    single = sorted(b / o for b, o in zip(base, other, strict=True))
    low, _, high = statistics.quantiles(single, n=4)
    return Ratio(statistics.median(base) / statistics.median(other), low, high)


def geometric_mean(values: list[float]) -> float:
    """The mean for ratios."""
    return statistics.geometric_mean(values) if values else float("nan")
