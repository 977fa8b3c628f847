"""The lock of cpp/src/lock.cpp, one transition for each access to the word, a kill between any two of them.

A process: (where it is, what it saw in the word, how often it still wants the lock). The word: (owner, bit of waiters).
A dead process keeps its place in the word, and is taken out of the futex's sleepers by the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.model.explore import can_reach, explore

FREE = (0, False)
Word = tuple[int, bool]


class Process(NamedTuple):
    at: str
    seen: Word
    rounds: int


class State(NamedTuple):
    word: Word
    processes: tuple[Process, ...]
    kills: int


def _moves(state: State, index: int, timeouts: bool) -> Iterator[tuple[Word, Process, bool]]:
    """What process `index` may do next: (word, itself, whether it wakes a sleeper)."""
    word, me, process = state.word, index + 1, state.processes[index]
    at, seen, rounds = process
    if at == "begin" and rounds:
        yield (
            ((me, False), Process("inside", FREE, rounds), False)
            if word == FREE
            else (
                word,
                Process("look", FREE, rounds),
                False,
            )
        )
    elif at == "look":
        yield (
            word,
            Process("take" if word == FREE else "mark" if not word[1] else "sleep", word, rounds),
            False,
        )
    elif at == "take":
        if word == FREE:
            yield (me, True), Process("inside", FREE, rounds), False
        else:
            yield word, Process("look", FREE, rounds), False
    elif at == "mark":
        if word == seen:
            yield (seen[0], True), Process("sleep", (seen[0], True), rounds), False
        else:
            yield word, Process("look", FREE, rounds), False
    elif at == "sleep":  # the kernel compares and puts to sleep in one step
        yield word, Process("asleep" if word == seen else "look", seen, rounds), False
    elif at == "asleep" and timeouts:
        yield word, Process("awake", seen, rounds), False
    elif at == "awake":
        owner_dead = state.processes[seen[0] - 1].at == "dead"
        if owner_dead and word == seen:
            yield (me, True), Process("inside", FREE, rounds), False
        else:
            yield word, Process("look", FREE, rounds), False
    elif at == "inside":
        yield FREE, Process("wake" if word[1] else "begin", FREE, rounds - 1), False
    elif at == "wake":
        yield word, Process("begin", FREE, rounds), True


def _steps(state: State, timeouts: bool) -> Iterator[State]:
    for index, process in enumerate(state.processes):
        for word, moved, wakes in _moves(state, index, timeouts):
            processes = list(state.processes)
            processes[index] = moved
            sleepers = (
                [i for i, other in enumerate(processes) if other.at == "asleep"] if wakes else []
            )
            if not sleepers:
                yield State(word, tuple(processes), state.kills)
            for sleeper in sleepers:
                woken = list(processes)
                woken[sleeper] = woken[sleeper]._replace(at="look")
                yield State(word, tuple(woken), state.kills)
        if state.kills and process.at != "dead" and not _over(process):
            processes = list(state.processes)
            processes[index] = Process("dead", FREE, 0)
            yield State(state.word, tuple(processes), state.kills - 1)


def _over(process: Process) -> bool:
    return process.at == "dead" or (process.at == "begin" and process.rounds == 0)


def check(processes: int, rounds: int, kills: int) -> int:
    """The number of states, after the promises were checked in each."""
    start = State(FREE, (Process("begin", FREE, rounds),) * processes, kills)
    # Without kills nobody may depend on a time-out to be woken; with them everybody may.
    graph = explore(start, lambda state: _steps(state, timeouts=kills > 0))
    for state in graph:
        inside = [i + 1 for i, process in enumerate(state.processes) if process.at == "inside"]
        assert len(inside) <= 1, f"two have the lock: {state}"
        assert not inside or state.word[0] == inside[0], (
            f"the word does not name the owner: {state}"
        )
    fine = can_reach(graph, lambda state: all(map(_over, state.processes)))
    stuck = [state for state in graph if state not in fine]
    assert not stuck, f"some wait for ever: {stuck[0]}"
    return len(graph)
