"""Dataclasses with locks in them: `asdict`, `replace`, `deepcopy`, and a pool that maps over them."""

import copy
import dataclasses
import multiprocessing
import sys
import threading


@dataclasses.dataclass
class Account:
    owner: str
    balance: int = 0
    lock: threading.Lock = dataclasses.field(
        default_factory=threading.Lock, compare=False, repr=False
    )

    def deposit(self, amount):
        with self.lock:
            self.balance += amount
        return self


if __name__ == "__main__":
    account = Account("me", 5)
    print(copy.deepcopy(account) == account, sorted(dataclasses.asdict(account)))
    print(dataclasses.replace(account, balance=6))
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print(pool.map(account.deposit, [1, 2]), account)
        print(pool.starmap(Account.deposit, [(Account("a"), 1), (Account("b"), 2)]))
