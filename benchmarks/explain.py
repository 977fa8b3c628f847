"""The same ten graphs, explained by everybody: writes docs/explain.md.

    pip install -r requirements/explain.txt; python -m benchmarks.explain

In each graph objects are planted that nobody can pickle. Counted is which of them a tool names: the very
objects for those who hand out objects, and for anypickle those whose path evaluates to them.
"""

from __future__ import annotations

import contextlib
import functools
import io
import pickle
import platform
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import anypickle

PAGE = Path(__file__).parents[1] / "docs" / "explain.md"
SECONDS = 10


class Stuck:
    """What nobody can pickle: it refuses, and leads to nothing else."""

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle 'Stuck' object")


class Holder:
    """An object with attributes."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Slotted:
    """An object with slots."""

    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner


def deep(x: Any) -> Any:
    """A list in a list in a list."""
    for _ in range(12):
        x = [x]
    return x


def local_class(x: Any) -> Any:
    """An instance of a class that a function defines, with an attribute of the class."""
    return type("Local", (), {"table": {"x": x}})()


GRAPHS: dict[str, Callable[[list[Any]], Any]] = {
    "an attribute": lambda x: Holder(a=x[0]),
    "an attribute and a slot": lambda x: Holder(a=x[0], b=Slotted(x[1])),
    "items of a list": lambda x: [1, x[0], {"k": x[1]}],
    "a dict's key and its value": lambda x: {"a": {x[0]: 1}, "b": x[1]},
    "twelve lists deep": lambda x: deep(x[0]),
    "a closure": lambda x: (lambda y: lambda: y)([x[0]]),
    "a partial of a method": lambda x: functools.partial(Holder(a=x[0]).__init__, x[1]),
    "a class of a function's": lambda x: local_class(x[0]),
    "one object at three places": lambda x: [x[0], {"again": x[0]}, Holder(a=x[0])],
    "twenty, and locks among 100,000 objects": lambda x: Holder(
        lock=threading.Lock(),
        rows=[[i, str(i)] for i in range(30_000)],
        layers=[Holder(hooks=[x[i]], lock=threading.RLock()) for i in range(20)],
    ),
}
PLANTED = [1, 2, 2, 2, 1, 1, 2, 1, 1, 20]


@dataclass
class Answer:
    """What a tool made of a graph."""

    named: int
    """How many of the planted objects."""
    also: int
    """How many other objects it calls unserializable."""
    said: str
    milliseconds: float


def stock(dumps: Callable[[Any], Any], obj: Any, _planted: list[Any]) -> tuple[int, int, str]:
    """A pickler: all that one learns is its error."""
    try:
        dumps(obj)
    except Exception as error:
        return 0, 0, f"{type(error).__name__}: {error}"
    return 0, 0, "no error"


def dill_detect(obj: Any, planted: list[Any]) -> tuple[int, int, str]:
    """`dill.detect.badobjects`, at the depth that finds most in its time."""
    from dill import detect

    best = (0, 0, f"nothing within {SECONDS} s")
    with contextlib.suppress(_TooLongError):
        for depth in range(1, 6):
            flat = list(_flat(detect.badobjects(obj, depth=depth)))
            named = sum(any(x is item for item in flat) for x in planted)
            told = f"{len(flat)} objects in nested dicts, at depth {depth}"
            best = max(
                best, (named, len({id(item) for item in flat}) - named, told), key=lambda b: b[0]
            )
            if named == len(planted):
                break
    return best


def _flat(found: Any) -> Iterator[Any]:
    if type(found) is dict:
        for value in found.values():
            yield from _flat(value)
    elif found is not None:
        yield found


def ray_inspect(obj: Any, planted: list[Any]) -> tuple[int, int, str]:
    """`ray.util.inspect_serializability`, at its own depth."""
    from ray.util import inspect_serializability

    _, failures = inspect_serializability(obj, name="obj", print_file=io.StringIO())
    objects = [failure.obj for failure in failures]
    named = sum(any(x is item for item in objects) for x in planted)
    names = "; ".join(sorted({str(failure) for failure in failures})[:2])
    return named, len({id(item) for item in objects}) - named, names


def ours(obj: Any, planted: list[Any]) -> tuple[int, int, str]:
    """`anypickle.explain`."""
    report = anypickle.explain(obj)
    named = sum(
        any(f.object is x and eval(f.path, {"obj": obj}) is x for f in report.blockers)
        for x in planted
    )
    return named, len(report.blockers) - named, ", ".join(report.blockers[0].paths[:3])


def _cloudpickle(obj: Any) -> Any:
    import cloudpickle

    return cloudpickle.dumps(obj)


TOOLS: dict[str, Callable[[Any, list[Any]], tuple[int, int, str]]] = {
    "pickle": functools.partial(stock, pickle.dumps),
    "cloudpickle": functools.partial(stock, _cloudpickle),
    "dill.detect": dill_detect,
    "Ray": ray_inspect,
    "anypickle": ours,
}


_TIMES = (
    "Milliseconds for each, with what a tool imports when it is first asked. `dill.detect` is asked at the depths 1 to",
    f"5, until it names all or {SECONDS} s are over; Ray's inspector at its own depth of 3.",
)


class _TooLongError(Exception):
    pass


def ask(tool: Callable[[Any, list[Any]], tuple[int, int, str]], number: int) -> Answer:
    """One tool, one graph."""
    planted = [Stuck() for _ in range(PLANTED[number])]
    obj = list(GRAPHS.values())[number](planted)

    def expire(*_: object) -> None:
        raise _TooLongError

    signal.signal(signal.SIGALRM, expire)
    signal.alarm(SECONDS)
    began = time.perf_counter()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            named, also, said = tool(obj, planted)
    except _TooLongError:
        named, also, said = 0, 0, f"nothing within {SECONDS} s"
    except RecursionError as error:
        named, also, said = 0, 0, f"RecursionError: {error}"
    finally:
        signal.alarm(0)
    return Answer(named, also, said, (time.perf_counter() - began) * 1e3)


def page(answers: dict[str, list[Answer]]) -> str:
    """The page."""
    versions = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("cloudpickle", "dill", "ray")
    )
    lines = [
        "# Ten graphs, explained by everybody",
        "",
        "In each of these graphs one or more objects are planted that nobody can pickle. The table says how many",
        "of them a tool names, and in brackets how many others it calls unserializable (mostly what *holds* one).",
        "The picklers name a type and no object. Made by `python -m benchmarks.explain` with Python "
        f"{platform.python_version()}, {versions}.",
        "",
        f"| graph | planted | {' | '.join(TOOLS)} |",
        f"|---|--:|{'--:|' * len(TOOLS)}",
    ]
    for number, name in enumerate(GRAPHS):
        cells = []
        for tool in TOOLS:
            answer = answers[tool][number]
            cells.append(f"{answer.named}" + (f" (+{answer.also})" if answer.also else ""))
        lines.append(f"| {name} | {PLANTED[number]} | {' | '.join(cells)} |")
    total = " | ".join(str(sum(a.named for a in answers[tool])) for tool in TOOLS)
    lines += [f"| **all** | {sum(PLANTED)} | {total} |", "", *_TIMES, ""]
    lines += [f"| graph | {' | '.join(TOOLS)} |", f"|---|{'--:|' * len(TOOLS)}"]
    for number, name in enumerate(GRAPHS):
        times = " | ".join(f"{answers[tool][number].milliseconds:,.1f}" for tool in TOOLS)
        lines.append(f"| {name} | {times} |")
    lines += ["", "What each says, in a line:", ""]
    for number, name in enumerate(GRAPHS):
        lines += [f"**{name.capitalize()}**", ""]
        for tool in TOOLS:
            said = re.sub(r" at 0x\w+", "", " ".join(answers[tool][number].said.split()))[:150]
            lines.append(f"- {tool}: `{said.replace('`', chr(39))}`")
        lines.append("")
    lines += [
        "anypickle says more than that of each: the owner with the line that assigns it, what to do, all paths to",
        "a shared object, and what crosses with a meaning of its own. As a page",
        "(`anypickle explain script.py::name --html out.html`):",
        "",
        "![The page of a report](images/report-light.png)",
        "",
        "and the same at night:",
        "",
        "![The page of a report, dark](images/report-dark.png)",
        "",
        "and on a telephone:",
        "",
        "![The page of a report, narrow](images/report-narrow.png)",
        "",
        "What crossed in a whole run, for each line of the program (`anypickle run --report out.html script.py`).",
        "Counting adds a fifth of a microsecond to a `pickle.dumps`; a run that is killed, or ends by `os._exit`, has",
        "one, too:",
        "",
        "![The page of a run](images/run-light.png)",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Runs everything and writes the page."""
    answers = {
        name: [ask(tool, number) for number in range(len(GRAPHS))] for name, tool in TOOLS.items()
    }
    PAGE.write_text(page(answers))
    print(f"Wrote {PAGE}")
    return 0 if all(a.named == n for a, n in zip(answers["anypickle"], PLANTED, strict=True)) else 1


if __name__ == "__main__":
    sys.exit(main())
