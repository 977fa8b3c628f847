"""copy.deepcopy while anypickle is installed: a class derived from one with a recipe goes by it, as explain says."""

from __future__ import annotations

import codecs
import copy
import io
import logging.handlers
import multiprocessing
import queue
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

import anypickle


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    with anypickle.installed():
        yield


class Gate(threading.Condition):
    pass


class Jobs(queue.PriorityQueue):
    pass


class Reader(codecs.StreamReader):
    pass


def test_a_condition_of_a_derived_class_does_not_go_on_with_the_lock_of_the_original() -> None:
    for gate in (Gate(), Gate(threading.Lock())):
        twin = copy.deepcopy(gate)
        with gate:
            assert twin.acquire(blocking=False)
            twin.notify_all()
            twin.release()


def test_a_queue_of_a_derived_class_is_one_of_its_own() -> None:
    jobs = Jobs()
    jobs.put(2)
    twin = copy.deepcopy(jobs)
    with jobs.mutex:
        twin.put(1)
    assert (type(twin), twin.get(), twin.get(), jobs.qsize()) == (Jobs, 1, 2, 1)


class Local(threading.local):
    pass


@pytest.mark.parametrize("where", ["queue", "exception", "condition"])
def test_what_lies_in_what_goes_by_a_recipe_is_copied_as_anything(where: str) -> None:
    deep: list[Any] = []
    for _ in range(600):
        deep = [deep]
    held: Any = {"local": Local(), "lock": threading.Lock(), "deep": deep}
    holder: Any = {"queue": queue.Queue, "exception": ValueError, "condition": Gate}[where]()
    if where == "queue":
        holder.put(held)
    else:
        holder.held = held
    there = copy.deepcopy([holder, held])
    found = there[0].get() if where == "queue" else there[0].held
    assert found is there[1] is not held
    assert type(found["local"]) is Local


def test_an_open_socket_handler_is_copied_without_its_connection() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        handler: Any = logging.handlers.SocketHandler("localhost", 9)
        handler.sock = ours
        twin = copy.deepcopy({"handler": handler})["handler"]
        assert (twin.sock, twin.port, twin.lock is handler.lock) == (None, 9, False)
        handler.close()


def test_processes_and_executors_are_copied_unstarted() -> None:
    for context in map(multiprocessing.get_context, ("fork", "spawn")):
        process = context.Process(target=print, args=([1],), name="print")  # type: ignore[attr-defined]
        assert anypickle.explain(process, channel="copy").ok
        twin = copy.deepcopy(process)
        assert (type(twin), twin.name, twin._args) == (type(process), "print", ([1],))
        assert twin._args[0] is not process._args[0]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as executor:
        assert executor.submit(abs, -1).result() == 1
        with copy.deepcopy(executor) as other:
            assert other is not executor


def test_what_is_only_refused_is_left_to_its_class() -> None:
    twin = copy.deepcopy(Reader(io.BytesIO(b"text")))
    assert twin.stream.getvalue() == b"text"
