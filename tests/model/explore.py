"""All states that a small system can be in: breadth first, each once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

State = TypeVar("State", bound=Hashable)


def explore(start: State, steps: Callable[[State], Iterable[State]]) -> dict[State, list[State]]:
    """Every reachable state with what may come next."""
    graph: dict[State, list[State]] = {}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        if state in graph:
            continue
        graph[state] = list(steps(state))
        waiting.extend(following for following in graph[state] if following not in graph)
    return graph


def can_reach(graph: dict[State, list[State]], good: Callable[[State], bool]) -> set[State]:
    """The states from which a good one can still be reached."""
    before: dict[State, list[State]] = {}
    for state, following in graph.items():
        for one in following:
            before.setdefault(one, []).append(state)
    found = {state for state in graph if good(state)}
    waiting = deque(found)
    while waiting:
        for state in before.get(waiting.popleft(), ()):
            if state not in found:
                found.add(state)
                waiting.append(state)
    return found
