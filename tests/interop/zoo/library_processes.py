"""Kinds of multiprocessing, subprocess, signals and selectors. Runs in `__main__`; see `zoo.send`."""

import multiprocessing
import multiprocessing.dummy
import selectors
import signal
import subprocess
import sys

from tests.interop.zoo import kind


@kind("multiprocessing.Lock (refused)", "")
def _():
    return multiprocessing.Lock()


@kind("multiprocessing.Queue (refused)", "")
def _():
    return multiprocessing.Queue()


@kind("multiprocessing.Value (refused)", "")
def _():
    return multiprocessing.Value("i", 3)


@kind("multiprocessing.Event (refused)", "")
def _():
    return multiprocessing.Event()


IS_CLOSED = """
    try:
        value.apply(abs, (-1,))
    except ValueError as error:
        assert "not running" in str(error)
    else:
        raise AssertionError
    """


@kind(
    "closed multiprocessing.Pool",
    IS_CLOSED,
)
def _():
    pool = multiprocessing.Pool(1)
    pool.terminate()
    return pool


@kind("multiprocessing context", "assert value.get_start_method() == 'spawn'")
def _():
    return multiprocessing.get_context("spawn")


@kind(
    "multiprocessing.Process that has not started",
    "value.start(); value.join(20); assert value.exitcode == 0",
)
def _():
    return multiprocessing.get_context("fork").Process(target=print, name="p")


MEMORY = []


@kind("AuthenticationString (refused)", "")
def _():
    return multiprocessing.current_process().authkey


@kind("multiprocessing.current_process (refused)", "")
def _():
    return multiprocessing.current_process()


@kind("multiprocessing errors", "assert value.args == ('late',)")
def _():
    return multiprocessing.TimeoutError("late")


@kind("Popen (refused)", "")
def _():
    return subprocess.Popen([sys.executable, "-c", ""])


@kind(
    "CompletedProcess",
    "assert value.returncode == 3 and value.args[0] == 'x' and value.stdout == b'out'",
)
def _():
    return subprocess.CompletedProcess(["x"], 3, b"out", b"")


@kind(
    "CalledProcessError",
    """
    assert value.returncode == 3
    assert value.cmd == 'x'
    assert value.output == b'o'
    assert value.stderr == b'e'
    """,
)
def _():
    return subprocess.CalledProcessError(3, "x", b"o", b"e")


@kind("TimeoutExpired", "assert value.timeout == 3 and value.cmd == 'x'")
def _():
    return subprocess.TimeoutExpired("x", 3)


@kind(
    "signals",
    """
    import signal
    assert value == [signal.SIGINT, signal.SIG_DFL, signal.default_int_handler]
    """,
)
def _():
    return [signal.SIGINT, signal.SIG_DFL, signal.default_int_handler]


@kind("selector", "assert not value.get_map() and value.select(0) == []; value.close()")
def _():
    return selectors.DefaultSelector()


@kind("selector with files (refused)", "")
def _():
    import socket

    selector = selectors.DefaultSelector()
    selector.register(socket.socketpair()[0], selectors.EVENT_READ)
    return selector


@kind(
    "closed multiprocessing.dummy.Pool",
    IS_CLOSED,
)
def _():
    pool = multiprocessing.dummy.Pool(1)
    pool.terminate()
    return pool
