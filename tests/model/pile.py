"""The changes of cpp/src/pile*.cpp, one transition for each store, a kill between any two of them.

The state: (size, is there a plan) in one word, the array behind it, the plan. The lock is in lock.py; here it is taken
in one step, from nobody or from a dead owner, and who takes it carries out what was planned. The lock under which
items are compared needs no model of its own: nothing is changed under it, so it is the lock of lock.py, and a path is
worked out in one step because nobody else changes the order meanwhile.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from tests.model.explore import can_reach, explore

Step = tuple[int, int]  # place, name


class Pile(NamedTuple):
    owner: int = 0
    size: int = 0
    planned: bool = False
    names: tuple[int, ...] = ()
    plan: tuple[Step, ...] = ()
    put: int = 0
    put_planned: int = 0

    def committed(self) -> tuple[int, ...]:
        """The items that are there, whoever looks: those of the array after the plan."""
        names = dict(enumerate(self.names))
        if self.planned:
            names.update(self.plan)
        return tuple(names[place] for place in range(self.size))

    def exact_put(self) -> int:
        """What `ever_put` reads, at any time."""
        return self.put_planned if self.planned else self.put


class Process(NamedTuple):
    puts: bool
    at: int  # steps since it took the lock; -1 is dead
    left: int
    path: tuple[Step, ...] = ()
    item: int = 0
    got: tuple[int, ...] = ()


class State(NamedTuple):
    pile: Pile
    accepted: frozenset[int]  # all that was ever committed
    returned: frozenset[int]  # puts that came back to their caller
    processes: tuple[Process, ...]
    kills: int


def _changes(before: tuple[int, ...], after: list[int]) -> tuple[Step, ...]:
    return tuple(
        (place, name)
        for place, name in enumerate(after)
        if place >= len(before) or before[place] != name
    )


def _path(pile: Pile, process: Process, least: bool, me: int) -> tuple[tuple[Step, ...], int]:
    """What a put or get changes, and the item that comes or goes."""
    before, after = pile.committed(), list(pile.committed())
    if process.puts:
        # Later ones are less: each goes all the way up.
        item = 100 - 10 * me - process.left if least else 10 * me + process.left
        heapq.heappush(after, item) if least else after.append(item)
    else:
        item = heapq.heappop(after) if least else after.pop()
    return _changes(before, after), item


def _carry_out(pile: Pile, places: int) -> Pile:
    """The plan's first `places` stores."""
    names = list(pile.names)
    for place, name in pile.plan[:places]:
        names += [0] * (place + 1 - len(names))
        names[place] = name
    return pile._replace(names=tuple(names))


def _move(state: State, index: int, least: bool) -> State | None:
    process, pile = state.processes[index], state.pile
    accepted, returned, me = state.accepted, state.returned, index + 1
    steps = len(process.path)
    if process.at == 0:
        if process.left == 0 or (not process.puts and pile.size == 0):
            return None
        if pile.owner != 0 and state.processes[pile.owner - 1].at != -1:
            return None
        if pile.planned:
            pile = _carry_out(pile, len(pile.plan))
            pile = pile._replace(planned=False, put=pile.put_planned)
        pile = pile._replace(owner=me)
        if not process.puts and pile.size == 0:
            return None
        path, item = _path(pile, process, least, me)
        process = process._replace(at=1, path=path, item=item)
    elif process.at == 1:  # write the plan down, and how many were put
        put = pile.put + process.puts
        pile = pile._replace(plan=process.path, put_planned=put)
        process = process._replace(at=2)
    elif process.at == 2:  # the store that commits it
        pile = pile._replace(size=pile.size + (1 if process.puts else -1), planned=True)
        if process.puts:
            accepted = accepted | {process.item}
        else:
            process = process._replace(got=(*process.got, process.item))
        process = process._replace(at=3)
    elif process.at < 3 + steps:
        pile = _carry_out(pile, process.at - 2)
        process = process._replace(at=process.at + 1)
    elif process.at == 3 + steps:
        pile = pile._replace(put=pile.put_planned)
        process = process._replace(at=process.at + 1)
    elif process.at == 4 + steps:
        pile = pile._replace(planned=False)
        process = process._replace(at=process.at + 1)
    else:
        pile = pile._replace(owner=0)
        if process.puts:
            returned = returned | {process.item}
        process = process._replace(at=0, left=process.left - 1, item=0, path=())
    processes = (*state.processes[:index], process, *state.processes[index + 1 :])
    return State(pile, accepted, returned, processes, state.kills)


def _steps(state: State, least: bool) -> Iterator[State]:
    for index, process in enumerate(state.processes):
        if process.at == -1:
            continue
        if (moved := _move(state, index, least)) is not None:
            yield moved
        if state.kills and (process.at or process.left):
            dead = process._replace(at=-1, path=())
            processes = (*state.processes[:index], dead, *state.processes[index + 1 :])
            yield state._replace(processes=processes, kills=state.kills - 1)


def _check(state: State, least: bool) -> None:
    items = state.pile.committed()
    got = [item for process in state.processes for item in process.got]
    assert state.pile.exact_put() == len(state.accepted), f"the count is wrong: {state}"
    assert len(got) == len(set(got)), f"delivered twice: {state}"
    assert sorted([*got, *items]) == sorted(state.accepted), f"lost or invented: {state}"
    assert state.returned <= state.accepted, f"a put came back and is not there: {state}"
    assert not least or all(
        items[(place - 1) // 2] <= items[place] for place in range(1, len(items))
    ), f"no heap: {state}"


def check(least: bool, producers: int, consumers: int, items: int, kills: int) -> int:
    """The number of states, after the promises were checked in each."""
    producing = (Process(True, 0, items),) * producers
    consuming = (Process(False, 0, items * producers),) * consumers
    start = State(Pile(), frozenset(), frozenset(), producing + consuming, kills)
    graph = explore(start, lambda state: _steps(state, least))
    for state in graph:
        _check(state, least)

    def over(state: State) -> bool:
        producers_done = all(p.at == -1 or p.left == 0 for p in state.processes if p.puts)
        nobody_left = all(p.at == -1 for p in state.processes if not p.puts)
        return producers_done and (nobody_left or state.pile.size == 0)

    fine = can_reach(graph, over)
    stuck = [state for state in graph if state not in fine]
    assert not stuck, f"some wait for ever: {stuck[0]}"
    return len(graph)
