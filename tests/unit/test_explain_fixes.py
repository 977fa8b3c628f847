"""The code in a hint, between backticks, runs where it is pasted, and then the finding is gone."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import ctypes
import hashlib
import io
import multiprocessing
import os
import re
import socket
import sqlite3
import sys
import threading
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import anypickle
from anypickle import registry
from anypickle.explain import Finding, detectors, hints
from anypickle.explain.fixes import class_expression

CODE = re.compile(r"`([^`]*)`")
Names = dict[str, Any]


class Owner:
    def __init__(self, value: Any) -> None:
        self.value = value
        self.kept = 1


class Unwilling:
    def __init__(self, number: int = 1) -> None:
        self.number = number

    def __reduce__(self) -> Any:
        raise LookupError("never")


class Misnamed(Unwilling):
    def __reduce__(self) -> Any:
        return "nowhere"


class Named:
    def __init__(self, name: str) -> None:
        self.name = name
        self.near: Any = {self}

    def __hash__(self) -> int:
        return hash(self.name)


class Counting:
    """A program's own thing that a library in C has made."""

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle 'Counting' object")


def endless() -> Iterator[int]:
    while True:
        yield 1


async def main() -> int:
    return 1


def a_module() -> types.ModuleType:
    made = types.ModuleType("made_for_its_fix")
    exec("class Kind: pass", vars(made))
    sys.modules[made.__name__] = made
    return made


def closed_over(stack: contextlib.ExitStack) -> dict[str, Callable[[], tuple[Any, Names]]]:
    """By detector: what has it, and the names that its fix is written with."""

    def open_socket() -> tuple[Any, Names]:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        made = stack.enter_context(socket.create_connection(server.getsockname()))
        return made, {"sock": made, "address": server.getsockname()}

    def thread() -> tuple[Any, Names]:
        end = threading.Event()
        made = threading.Thread(target=end.wait)
        made.start()
        stack.callback(made.join)
        stack.callback(end.set)
        return made, {}

    def coroutine() -> tuple[Any, Names]:
        made = main()
        stack.callback(made.close)
        return made, {}

    def loop() -> tuple[Any, Names]:
        made = asyncio.new_event_loop()
        stack.callback(made.close)
        return made, {"main": main}

    def cursor() -> tuple[Any, Names]:
        database = sqlite3.connect(":memory:")
        stack.callback(database.close)
        made = database.execute("SELECT 1 UNION SELECT 2")
        return made, {"cursor": made}

    def future() -> tuple[Any, Names]:
        made: concurrent.futures.Future[int] = concurrent.futures.Future()
        done: concurrent.futures.Future[int] = concurrent.futures.Future()
        done.set_result(1)
        return made, {"future": done}

    def generator() -> tuple[Any, Names]:
        made = (i for i in "ab")
        return made, {"generator": made}

    def kind() -> tuple[Any, Names]:
        stack.callback(sys.modules.pop, "made_for_its_fix", None)
        stack.callback(anypickle.unregister_by_value, "made_for_its_fix")
        return a_module().Kind, {}

    def given(make: Callable[[], Any], /, **names: Any) -> Callable[[], tuple[Any, Names]]:
        def made() -> tuple[Any, Names]:
            value = make()
            return value, {key: found(value) for key, found in names.items()}

        return made

    def pointed(value: Any) -> Any:
        return value

    big = bytearray(1 << 20)
    return {
        "running-thread": thread,
        "generator": generator,
        "coroutine": coroutine,
        "event-loop": loop,
        "frame": given(sys._getframe, traceback=lambda _: traceback),
        "socket": open_socket,
        "database": cursor,
        "pointer": given(lambda: ctypes.pointer(ctypes.c_int(5)), pointer=pointed),
        "future": future,
        "digest": given(hashlib.sha256, digest=pointed),
        "inheritance": given(multiprocessing.Lock),
        "not-found": given(Misnamed, make=lambda _: Misnamed, arguments=lambda _: 2),
        "no-reduce": given(Counting, make=lambda _: str, arguments=lambda _: 2),
        "unpicklable": given(Unwilling, make=lambda _: Unwilling, arguments=lambda _: 2),
        "module-without-spec": kind,
        "hashed-early": given(lambda: Named("a"), type=lambda _: type),
        "large": given(lambda: big, array=lambda _: big),
        "secret": given(lambda: {"api_key": "k" * 24}, os=lambda _: os),
        "secret-by-shape": given(lambda: {"it": "ghp_" + "a1" * 18}, os=lambda _: os),
    }


#: Whose fix is a sentence, and what has its words from where it is raised; each has a test of its own elsewhere.
IN_WORDS = {
    "process",
    "file",
    "executor",
    "lock",
    "main-without-file",
    "module-gone",
    "not-itself",
    "code-of-a-version",
    "held-lock",
    "duplicate",
    "with-every-task",
    "module-namespace",
    "endless",
    "unfinished",
}


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as made:
        yield made


def found(obj: Any, detector: str, channel: str = "bytes") -> list[Finding]:
    return [f for f in anypickle.explain(obj, channel) if f.detector == detector]


def names_of(code: str, names: Names) -> Names:
    """What a program would have imported for it."""
    here = {**globals(), **names}
    for module in re.findall(r"\b([a-z_]\w*(?:\.[a-z_]\w*)*)\.\w", code):
        here.setdefault(module.partition(".")[0], sys.modules.get(module.partition(".")[0]))
    return here


@pytest.mark.parametrize("detector", [*closed_over(contextlib.ExitStack())])
def test_the_code_removes_the_finding(
    stack: contextlib.ExitStack, detector: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    value, names = closed_over(stack)[detector]()
    monkeypatch.setenv("API_KEY", "")
    monkeypatch.setenv("TOKEN", "")
    owner = Owner(value)
    (told,) = found(owner, detector)
    codes = CODE.findall(told.hint)
    for code in codes:
        here = names_of(code, names)
        if code.startswith("def "):
            cls = Owner if "__getstate__" in code else type(value)
            exec(code, here)
            name = code.split("(")[0].removeprefix("def ")
            with monkeypatch.context() as patched:
                patched.setattr(cls, name, here[name], raising=False)
                patched.setattr(sys.modules[__name__], "type", type, raising=False)
                assert not found(owner, detector), code
                assert anypickle.loads(anypickle.dumps(owner)).kept == 1
        elif code.startswith(("anypickle.register(", "anypickle.register_by_value(")):
            if "by_value" not in code:
                stack.callback(registry.unregister, type(value))
            eval(code, here)
            assert not found(owner, detector), code
        elif "address" in code or code.startswith("asyncio."):
            done = eval(code, here)  # on the other side
            if isinstance(done, socket.socket):
                done.close()
        else:
            assert not found(Owner(eval(code, here)), detector), code
    assert codes or "def " in told.hint


def test_every_detector_has_its_fix_tried() -> None:
    all_of_them = {row.name for row in (*hints.ROWS, hints.GENERAL)} | set(detectors.WORDS)
    assert set(closed_over(contextlib.ExitStack())) | IN_WORDS == all_of_them


@pytest.mark.parametrize("row", [*hints.ROWS, hints.GENERAL], ids=lambda row: row.name)
def test_the_code_of_every_row_is_python(row: hints.Hint) -> None:
    for code in CODE.findall(row.fix.replace("{cls}", "type(obj)")):
        compile(code, row.name, "exec")


@pytest.mark.parametrize("detector", detectors.WORDS)
def test_the_code_of_every_detector_is_python(detector: str) -> None:
    _, fix = detectors.WORDS[detector]
    for code in CODE.findall(re.sub(r"\{\w+(!r)?\}", "'it'", fix)):
        compile(code, detector, "exec")


@pytest.mark.parametrize(
    "value",
    [threading.local, lambda: io.FileIO(os.devnull), lambda: io.BytesIO()],
    ids=["local", "file", "bytes"],
)
def test_the_code_of_another_meaning_chooses_it(
    value: Callable[[], Any], stack: contextlib.ExitStack
) -> None:
    made = value()
    stack.callback(getattr(made, "close", lambda: None))
    owner = Owner(made)
    for told in anypickle.explain(owner):
        for code in CODE.findall(told.hint):
            with eval(code, names_of(code, {})):
                chosen = {f.policy for f in anypickle.explain(owner) if f.path == told.path}
                assert chosen == {code.rpartition("'")[0].rpartition("'")[2]}


def test_a_class_without_a_name_is_the_type_of_the_object() -> None:
    assert class_expression(type("Local", (), {})) == "type(obj)"
    assert class_expression(dict) == "dict"
    assert class_expression(Slotted) == f"{__name__}.Slotted"


class Decides(Owner):
    def __getstate__(self) -> Any:
        return vars(self)


class Slotted:
    __slots__ = ("value",)


def test_nothing_is_said_to_a_class_that_decides_itself_or_has_no_dict() -> None:
    slotted = Slotted()
    slotted.value = endless()  # type: ignore[attr-defined]
    for obj in (Decides(endless()), slotted, types.SimpleNamespace(value=endless())):
        (told,) = anypickle.explain(obj).blockers
        assert "__getstate__" not in told.hint
