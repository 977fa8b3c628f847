"""Checks the models of the lock, the ring and the pile exhaustively, in the sizes below.

python -m tests.model.check
"""

from __future__ import annotations

from tests.model import lock, pile, ring

LOCKS = [(2, 2, 0), (3, 2, 0), (2, 2, 2), (3, 2, 2), (4, 1, 2)]
RINGS = [(1, 1, 2, 2), (2, 1, 2, 2), (1, 2, 2, 2), (2, 2, 1, 2)]
PILES = [(1, 1, 3, 2), (2, 1, 2, 2), (2, 2, 1, 2)]


def main() -> None:
    """Prints a line for each size."""
    for processes, rounds, kills in LOCKS:
        states = lock.check(processes, rounds, kills)
        print(
            f"lock: {processes} processes, {rounds} rounds, {kills} kills: {states} states, all well"
        )
    for producers, consumers, items, kills in RINGS:
        states = ring.check(producers, consumers, items, kills)
        print(
            f"ring: {producers}:{consumers}, {items} items each, {kills} kills: {states} states, all well"
        )
    for least in (False, True):
        for producers, consumers, items, kills in PILES:
            states = pile.check(least, producers, consumers, items, kills)
            kind = "least first" if least else "last first"
            print(
                f"pile, {kind}: {producers}:{consumers}, {items} items each, {kills} kills: {states} states, all well"
            )


if __name__ == "__main__":
    main()
