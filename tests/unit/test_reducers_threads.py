"""Threads cross before they start and after they end; what belongs to a thread stays with it."""

from __future__ import annotations

import threading

import pytest

import anypickle
from anypickle.policy import Policy
from tests.helpers.crossing import across
from tests.helpers.programs import FreshLoader


class Worker(threading.Thread):
    """A thread whose target leads back to it."""

    def __init__(self) -> None:
        super().__init__(name="worker", daemon=True, target=self.work)
        self.lock = threading.Lock()
        self.done = False

    def work(self) -> None:
        with self.lock:
            self.done = True


class Data(threading.local):
    """A local with arguments."""

    def __init__(self, start: int, *, step: int = 1) -> None:
        self.next = start + step


def test_an_unstarted_thread_starts_on_the_other_side(load_elsewhere: FreshLoader) -> None:
    thread = threading.Thread(target=print, args=("ran",), kwargs={"end": "!"}, name="printer")
    look = "print(value.name, value.daemon); value.start(); value.join()"
    assert load_elsewhere(anypickle.dumps(thread), look) == "printer False\nran!"


def test_a_thread_whose_target_is_its_own_method() -> None:
    arrived = across(Worker())
    arrived.start()
    arrived.join()
    assert arrived.done and arrived.daemon and arrived.name == "worker"


def test_a_timer_keeps_what_it_is_to_do() -> None:
    called: list[int] = []
    timer = across(threading.Timer(0.01, divmod, (7, 2)))
    assert (timer.interval, timer.function, timer.args) == (0.01, divmod, (7, 2))
    timer.function = lambda *args: called.append(divmod(*args)[0])
    timer.start()
    timer.join()
    assert called == [3]


def test_a_thread_that_has_ended_arrives_ended() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    arrived = across(thread)
    assert not arrived.is_alive() and arrived.ident == thread.ident
    arrived.join()
    with pytest.raises(RuntimeError):
        arrived.start()


def test_a_running_thread_is_refused_with_what_to_do() -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait, name="pump")
    thread.start()
    try:
        with pytest.raises(TypeError, match=r"the thread 'pump' runs") as caught:
            anypickle.dumps([thread])
        assert "start it where it is to run" in "".join(caught.value.__notes__)
    finally:
        over.set()
        thread.join()


def test_the_main_thread_is_the_main_thread_over_there(load_elsewhere: FreshLoader) -> None:
    look = "import threading; print(value is threading.main_thread())"
    assert load_elsewhere(anypickle.dumps(threading.main_thread()), look) == "True\n"


def test_a_local_arrives_as_a_new_thread_sees_it() -> None:
    data, plain = Data(3, step=4), threading.local()
    data.next, plain.value = 100, 5
    arrived, arrived_plain = across((data, plain))
    assert arrived.next == 7 and vars(arrived_plain) == {}
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(arrived.next))
    thread.start()
    thread.join()
    assert seen == [7]


def test_a_local_can_be_copied_with_the_values_of_this_thread() -> None:
    plain = threading.local()
    plain.value = 5
    assert across(plain, policies={threading.local: Policy.COPY}).value == 5
