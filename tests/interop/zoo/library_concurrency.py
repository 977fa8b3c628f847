"""Kinds of threading, multiprocessing, asyncio, sched and friends. Runs in `__main__`; see `zoo.send`."""

# ruff: noqa: B018

import asyncio
import concurrent.futures
import contextvars
import functools
import logging
import logging.handlers
import multiprocessing
import multiprocessing.dummy
import queue
import sched
import selectors
import signal
import subprocess
import sys
import threading
import time

from tests.interop.zoo import kind


class Worker(threading.Thread):
    def __init__(self, items):
        super().__init__(name="the worker", daemon=True)
        self.items = items
        self.done = []

    def run(self):
        self.done = [2 * item for item in self.items]


@kind(
    "subclass of Thread",
    """
    assert value.name == 'the worker'
    assert value.daemon
    value.start()
    value.join(5)
    assert value.done == [2, 4]
    """,
)
def _():
    return Worker([1, 2])


@kind("Thread that has ended", "assert value.done == [2] and not value.is_alive(); value.join(1)")
def _():
    worker = Worker([1])
    worker.start()
    worker.join()
    return worker


@kind("Thread that runs (refused)", "")
def _():
    thread = threading.Thread(target=time.sleep, args=(2,), daemon=True)
    thread.start()
    return thread


@kind("main thread", "import threading; assert value is threading.main_thread()")
def _():
    return threading.main_thread()


@kind(
    "current thread from threading", "import threading; assert value[0] is threading.main_thread()"
)
def _():
    return [threading.current_thread()]


class Context(threading.local):
    def __init__(self, user):
        self.user = user


@kind("subclass of threading.local", "assert value.user == 'me'")
def _():
    return Context("me")


@kind(
    "Condition over a lock that crosses too",
    """
    import threading
    lock, condition, event = value
    with condition:
        assert not lock.acquire(blocking=False)
    assert lock.acquire(timeout=1)
    assert event.is_set()
    """,
)
def _():
    lock = threading.Lock()
    event = threading.Event()
    event.set()
    return lock, threading.Condition(lock), event


@kind("bound methods of a lock", "acquire, release = value\nassert acquire(timeout=1); release()")
def _():
    lock = threading.Lock()
    return lock.acquire, lock.release


@kind("exception hook arguments", "assert value.exc_type is ValueError and value.thread is None")
def _():
    return threading.ExceptHookArgs((ValueError, ValueError(1), None, None))


@kind(
    "queue.Queue in an object with its methods",
    "put, queue = value\nput(3)\nassert [queue.get(timeout=1) for _ in range(3)] == [1, 2, 3]",
)
def _():
    made = queue.Queue()
    made.put(1)
    made.put(2)
    return made.put, made


@kind(
    "queue.Queue that is bounded", "assert value.full() and value.maxsize == 1 and value.get() == 1"
)
def _():
    made = queue.Queue(1)
    made.put(1)
    return made


@kind("queue exceptions", "import queue; assert value == [queue.Empty, queue.Full]")
def _():
    return [queue.Empty, queue.Full]


@kind(
    "ProcessPoolExecutor that has not started", "assert value._max_workers == 2; value.shutdown()"
)
def _():
    return concurrent.futures.ProcessPoolExecutor(2)


@kind(
    "executor with an initializer",
    """
    value.submit(abs, -1).result(5)
    value.shutdown()
    assert value._thread_name_prefix == 'p'
    """,
)
def _():
    return concurrent.futures.ThreadPoolExecutor(1, "p", initializer=lambda: None)


@kind("Future that is cancelled", "assert value.cancelled() and value.done()")
def _():
    future = concurrent.futures.Future()
    future.cancel()
    return future


@kind("Future that is not done (refused)", "")
def _():
    return concurrent.futures.Future()


@kind(
    "bound method of an object with an executor",
    "assert value(3) == 6",
)
def _():
    return Service().double


class Service:
    def __init__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.log = logging.getLogger(__name__)
        self.lock = threading.Lock()

    def double(self, x):
        with self.lock:
            return self.pool.submit(lambda: 2 * x).result(5)


@kind(
    "asyncio.Queue with items",
    """
    import asyncio
    async def main():
        assert await value.get() == 1 and value.maxsize == 3
    asyncio.run(main())
    """,
)
def _():
    made = asyncio.Queue(3)
    made.put_nowait(1)
    return made


@kind(
    "asyncio.Semaphore, Event and Condition",
    """
    import asyncio
    async def main():
        s, e, c = value
        async with s:
            pass
        await asyncio.wait_for(e.wait(), 1)
        async with c:
            c.notify_all()
    asyncio.run(main())
    """,
)
def _():
    event = asyncio.Event()
    event.set()
    return asyncio.Semaphore(2), event, asyncio.Condition()


@kind(
    "asyncio.Lock that a loop has used",
    "import asyncio\nasync def main():\n    async with value: pass\nasyncio.run(main())",
)
def _():
    lock = asyncio.Lock()

    async def main():
        async def use():
            async with lock:
                await asyncio.sleep(0)

        await asyncio.gather(use(), use())

    asyncio.run(main())
    return lock


@kind("asyncio event loop (refused)", "")
def _():
    return asyncio.new_event_loop()


@kind("asyncio Future (refused)", "")
def _():
    return asyncio.new_event_loop().create_future()


@kind("asyncio Runner", "import asyncio\nwith value: assert value.run(asyncio.sleep(0, 5)) == 5")
def _():
    return asyncio.Runner()


@kind("asyncio.Future that is done (refused)", "")
def _():
    future = asyncio.new_event_loop().create_future()
    future.set_result(1)
    return future


@kind(
    "asyncio.timeout",
    "import asyncio\nasync def main():\n    async with value: pass\nasyncio.run(main())",
)
def _():
    async def main():
        return asyncio.timeout(5)

    return asyncio.run(main())


@kind(
    "asyncio exceptions",
    """
    import asyncio
    a, b = value
    assert isinstance(a, asyncio.CancelledError)
    assert b.partial == b'x'
    assert b.expected == 3
    """,
)
def _():
    return asyncio.CancelledError(), asyncio.IncompleteReadError(b"x", 3)


@kind("asyncio.StreamReader (refused)", "")
def _():
    return asyncio.StreamReader(loop=asyncio.new_event_loop())


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


@kind(
    "closed multiprocessing.Pool",
    """
    try:
        value.apply(abs, (-1,))
    except ValueError as error:
        assert "not running" in str(error)
    else:
        raise AssertionError
    """,
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


@kind(
    "sched.scheduler",
    "value.run(); out = value.run\n",
)
def _():
    scheduler = sched.scheduler()
    scheduler.enter(0, 1, print)
    return scheduler


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
    "ContextVar Token (refused)",
    "",
)
def _():
    return contextvars.ContextVar("v").set(1)


@kind("QueueHandler and QueueListener", "h, l = value\nassert h.queue is l.queue")
def _():
    made = queue.Queue()
    handler = logging.handlers.QueueHandler(made)
    return handler, logging.handlers.QueueListener(made, logging.NullHandler())


@kind("RotatingFileHandler", "assert value.maxBytes == 10 and value.backupCount == 2")
def _():
    return logging.handlers.RotatingFileHandler(
        "/tmp/zoo-rotating", maxBytes=10, backupCount=2, delay=True
    )


@kind("TimedRotatingFileHandler", "assert value.when == 'H' and value.suffix")
def _():
    return logging.handlers.TimedRotatingFileHandler("/tmp/zoo-timed", "h", delay=True)


@kind(
    "SocketHandler", "assert value.host == 'localhost' and value.port == 1 and value.sock is None"
)
def _():
    return logging.handlers.SocketHandler("localhost", 1)


@kind(
    "SMTPHandler and HTTPHandler",
    "a, b = value\nassert a.mailhost == 'h' and b.host == 'w' and a.lock and b.lock",
)
def _():
    return logging.handlers.SMTPHandler("h", "f", ["t"], "s"), logging.handlers.HTTPHandler(
        "w", "/"
    )


@kind(
    "MemoryHandler",
    """
    assert value.capacity == 7
    assert len(value.buffer) == 1
    assert value.target.__class__.__name__ == 'StreamHandler'
    """,
)
def _():
    handler = logging.handlers.MemoryHandler(7, target=logging.StreamHandler())
    handler.buffer.append(logging.LogRecord("n", 10, "p", 1, "m %s", ("x",), None))
    return handler


@kind(
    "LoggerAdapter",
    """
    import logging
    assert value.logger is logging.getLogger('zoo.adapted')
    assert value.extra == {'a': 1}
    """,
)
def _():
    return logging.LoggerAdapter(logging.getLogger("zoo.adapted"), {"a": 1})


@kind("LogRecord", "assert value.getMessage() == 'm 1' and value.levelname == 'INFO'")
def _():
    return logging.LogRecord("n", logging.INFO, "p", 1, "m %d", (1,), None)


@kind(
    "LogRecord with an exception",
    """
    import logging
    text = logging.Formatter().format(value)
    assert 'ZeroDivisionError' in text
    assert 'm' in text
    """,
)
def _():
    try:
        1 / 0
    except ZeroDivisionError:
        return logging.LogRecord("n", logging.INFO, "p", 1, "m", (), sys.exc_info())


@kind("root logger", "import logging; assert value is logging.getLogger()")
def _():
    return logging.getLogger()


@kind("logging.Manager", "import logging\nassert value.getLogger('x') is logging.getLogger('x')")
def _():
    return logging.getLogger("x").manager


@kind(
    "logger made by hand",
    """
    assert value.name == 'own'
    assert value.level == 10
    assert len(value.handlers) == 1
    value.info('x')
    """,
)
def _():
    logger = logging.Logger("own", 10)
    logger.addHandler(logging.NullHandler())
    return logger


@kind(
    "subclass of Handler",
    """
    import logging
    value.emit(logging.makeLogRecord({'msg': 'x'}))
    assert value.seen == ['x']
    with value.lock:
        pass
    """,
)
def _():
    class Keep(logging.Handler):
        def __init__(self):
            super().__init__()
            self.seen = []

        def emit(self, record):
            self.seen.append(record.getMessage())

    return Keep()


@kind(
    "StreamHandler on StringIO",
    r"""
    import logging
    value.emit(logging.makeLogRecord({'msg': 'x'}))
    assert value.stream.getvalue() == 'x\n'
    """,
)
def _():
    import io

    return logging.StreamHandler(io.StringIO())


@kind("partial over a lock's method", "assert value()")
def _():
    return functools.partial(threading.Lock().acquire, timeout=1)


@kind(
    "closed multiprocessing.dummy.Pool",
    """
    try:
        value.apply(abs, (-1,))
    except ValueError as error:
        assert "not running" in str(error)
    else:
        raise AssertionError
    """,
)
def _():
    pool = multiprocessing.dummy.Pool(1)
    pool.terminate()
    return pool
