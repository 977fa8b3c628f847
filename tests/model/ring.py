"""The two ends of cpp/src/ring*.cpp, one transition for each store, a kill between any two of them.

An end: (owner of its lock, position, count, pending position, pending count). Records lie behind the tail before it
moves over them. The lock itself is in lock.py; here it is taken in one step, from nobody or from a dead owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.model.explore import can_reach, explore


class End(NamedTuple):
    owner: int = 0
    position: int = 0
    count: int = 0
    pending_position: int = 0
    pending_count: int = 0

    def repaired(self) -> End:
        """What `Ring::repair` makes of it."""
        count = self.pending_count if self.pending_position == self.position else self.count
        return self._replace(count=count, pending_position=self.position, pending_count=count)

    def exact_count(self) -> int:
        """What `count_of` reads, at any time."""
        return self.pending_count if self.pending_position == self.position else self.count


class Process(NamedTuple):
    puts: bool
    at: int  # steps since it took the lock; -1 is dead
    left: int
    item: int = 0
    got: tuple[int, ...] = ()


class State(NamedTuple):
    tail: End
    head: End
    records: tuple[int, ...]
    returned: frozenset[int]  # puts that came back to their caller
    processes: tuple[Process, ...]
    kills: int


_STORES = ("pending_position", "pending_count", "position", "count")


def _advance(end: End, store: int) -> End:
    """The stores of `Ring::commit`, in order."""
    value = end.position + 1 if store < 3 and store % 2 == 0 else end.count + 1
    if _STORES[store] == "position":
        value = end.pending_position
    return end._replace(**{_STORES[store]: value})


def _move(state: State, index: int) -> State | None:
    process = state.processes[index]
    end = state.tail if process.puts else state.head
    records, returned = state.records, state.returned
    me = index + 1
    if process.at == 0:
        if process.left == 0 or (not process.puts and state.head.position == state.tail.position):
            return None
        if end.owner != 0 and state.processes[end.owner - 1].at != -1:
            return None
        end = (end.repaired() if end.owner else end)._replace(owner=me)
        process = process._replace(at=1)
    elif process.at == 1:  # write the record behind the end, or copy the first one
        if process.puts:
            item = me * 100 + process.left
            records = (*records[: end.position], item)
            process = process._replace(at=2, item=item)
        elif state.head.position == state.tail.position:  # another was faster
            end, process = end._replace(owner=0), process._replace(at=0)
        else:
            process = process._replace(at=2, item=records[end.position])
    elif process.at <= 5:
        end = _advance(end, process.at - 2)
        if process.at == 4 and not process.puts:
            process = process._replace(got=(*process.got, process.item))
        process = process._replace(at=process.at + 1)
    else:
        end = end._replace(owner=0)
        if process.puts:
            returned = returned | {process.item}
        process = process._replace(at=0, left=process.left - 1, item=0)
    processes = (*state.processes[:index], process, *state.processes[index + 1 :])
    tail, head = (end, state.head) if process.puts else (state.tail, end)
    return State(tail, head, records, returned, processes, state.kills)


def _steps(state: State) -> Iterator[State]:
    for index, process in enumerate(state.processes):
        if process.at == -1:
            continue
        if (moved := _move(state, index)) is not None:
            yield moved
        if state.kills and (process.at or process.left):
            dead = process._replace(at=-1)
            processes = (*state.processes[:index], dead, *state.processes[index + 1 :])
            yield state._replace(processes=processes, kills=state.kills - 1)


def _check(state: State) -> None:
    tail, head = state.tail, state.head
    assert head.position <= tail.position <= len(state.records), state
    assert tail.exact_count() == tail.position, f"the count is wrong: {state}"
    assert head.exact_count() == head.position, f"the count is wrong: {state}"
    got = [item for process in state.processes for item in process.got]
    assert len(got) == len(set(got)), f"delivered twice: {state}"
    assert sorted(got) == sorted(state.records[: head.position]), f"lost or invented: {state}"
    assert state.returned <= set(state.records[: tail.position]), (
        f"a put came back and is not there: {state}"
    )


def check(producers: int, consumers: int, items: int, kills: int) -> int:
    """The number of states, after the promises were checked in each."""
    producing = (Process(True, 0, items),) * producers
    consuming = (Process(False, 0, items * producers),) * consumers
    start = State(End(), End(), (), frozenset(), producing + consuming, kills)
    graph = explore(start, _steps)
    for state in graph:
        _check(state)

    def over(state: State) -> bool:
        producers_done = all(p.at == -1 or p.left == 0 for p in state.processes if p.puts)
        nobody_left = all(p.at == -1 for p in state.processes if not p.puts)
        return producers_done and (nobody_left or state.head.position == state.tail.position)

    fine = can_reach(graph, over)
    stuck = [state for state in graph if state not in fine]
    assert not stuck, f"some wait for ever: {stuck[0]}"
    return len(graph)
