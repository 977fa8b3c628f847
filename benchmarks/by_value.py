"""What has no name elsewhere and goes by value: lambdas, closures, and what a program's `__main__` defines.

The base is cloudpickle. Each reads its own stream, as a process that is sent one would.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

_MAIN = '''
import dataclasses, json, os.path

scale = 3

def helper(x):
    return x * scale

def uses_globals(x):
    return helper(x) + scale

def uses_packages(x):
    return os.path.basename(json.dumps(x))

def make_closure():
    a, b = 1, [1, 2]
    def closure(x):
        return x + a + len(b)
    return closure

class Ten:
    """A class with ten methods."""
    def m0(self): return 0
    def m1(self): return 1
    def m2(self): return 2
    def m3(self): return 3
    def m4(self): return 4
    def m5(self): return 5
    def m6(self): return 6
    def m7(self): return 7
    def m8(self): return 8
    def m9(self): return self.x

def instance(x):
    made = Ten()
    made.x = x
    return made

@dataclasses.dataclass
class Point:
    x: int
    y: int = 0

cases = {
    "lambda": (lambda x: x + 1, lambda f: f(3)),
    "closure": (make_closure(), lambda f: f(3)),
    "function with globals": (uses_globals, lambda f: f(3)),
    "function with packages": (uses_packages, lambda f: f(3)),
    "class of 10 methods": (Ten, lambda cls: cls().m7()),
    "dataclass": (Point, lambda cls: repr(cls(1))),
    "instance of __main__": (instance(5), lambda i: i.m9()),
    "1000 instances of __main__": ([instance(i) for i in range(1000)], lambda v: [i.m9() for i in v]),
}
'''


def cases() -> dict[str, tuple[Any, Callable[[Any], Any]]]:
    """Name -> the object, and what is done to it to see that it is what it was."""
    program: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(_MAIN, "<main>", "exec"), program)
    found: dict[str, tuple[Any, Callable[[Any], Any]]] = program["cases"]
    return found


def measure(bench: Any, works: tuple[str, ...]) -> None:
    """Time dumps and loads of each case against cloudpickle's and dill's."""
    peers = {peer.name: peer for peer in bench.by_value_peers}
    base = peers.pop("cloudpickle", None)
    if base is None:
        return
    for case, (value, use) in cases().items():
        if not bench.wants(case):
            continue
        streams = {}
        rivals = {"cloudpickle": base, "anypickle": bench.ours, **peers}
        for name, rival in list(rivals.items()):
            try:
                streams[name] = rival.writer(value)()
                right = use(rival.loads(streams[name])) == use(value)
            except Exception:
                right = False
            if not right:
                assert name == "dill", f"{case}: {name} brings back something else"
                del rivals[name]
        if "dumps" in works:
            sizes = {name: len(streams[name]) for name in rivals}
            writers = {name: rival.writer(value) for name, rival in rivals.items()}
            bench.measure("dumps by value", case, writers, sizes=sizes)
        if "loads" in works:
            readers = {n: partial(rival.loads, streams[n]) for n, rival in rivals.items()}
            bench.measure("loads by value", case, readers)
