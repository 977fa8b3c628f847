"""Kinds of locks, queues, threads, futures and sched. Runs in `__main__`; see `zoo.send`."""

import asyncio
import concurrent.futures
import contextvars
import functools
import logging
import logging.handlers
import queue
import sched
import threading
import time

from tests.interop.zoo import kind


@kind("Lock", "assert value.acquire(timeout=1); value.release()")
def _():
    return threading.Lock()


@kind("held Lock arrives free", "assert value.acquire(timeout=1)")
def _():
    lock = threading.Lock()
    lock.acquire()
    return lock


@kind("RLock", "assert value.acquire(timeout=1) and value.acquire(timeout=1)")
def _():
    return threading.RLock()


@kind("held RLock arrives free", "assert value.acquire(timeout=1)")
def _():
    lock = threading.RLock()
    lock.acquire()
    return lock


@kind("Condition", "\nwith value: value.notify()")
def _():
    return threading.Condition()


@kind("Event", "assert value.is_set()")
def _():
    event = threading.Event()
    event.set()
    return event


@kind("Semaphore", "assert value.acquire(timeout=1) and value.acquire(timeout=1)")
def _():
    return threading.Semaphore(2)


@kind("BoundedSemaphore", "assert value.acquire(timeout=1); value.release()")
def _():
    return threading.BoundedSemaphore(1)


@kind("Barrier", "assert value.wait(1) == 0")
def _():
    return threading.Barrier(1)


@kind("threading.local", "value.x = 1; assert value.x == 1")
def _():
    return threading.local()


@kind("object with a lock in it", "v = value\nwith v.lock: v.add(2)\nassert v.total == 3")
def _():
    return Account(1)


class Account:
    def __init__(self, total):
        self.lock = threading.RLock()
        self.total = total

    def add(self, n):
        with self.lock:
            self.total += n


@kind(
    "thread that has not started",
    "value.start(); value.join(5); assert not value.is_alive() and seen == [1]",
)
def _():
    import builtins

    builtins.seen = []
    return threading.Thread(target=exec, args=("import builtins; builtins.seen = [1]",))


@kind("Timer that has not started", "assert value.interval == 5 and not value.is_alive()")
def _():
    return threading.Timer(5, print)


@kind(
    "queue.Queue",
    "assert value.get(timeout=1) == 1 and value.get(timeout=1) == 2 and value.maxsize == 5; value.put(3)",
)
def _():
    made = queue.Queue(5)
    made.put(1)
    made.put(2)
    return made


@kind(
    "LifoQueue and PriorityQueue",
    "l, p = value; assert l.get(timeout=1) == 2 and p.get(timeout=1) == 1",
)
def _():
    lifo, priority = queue.LifoQueue(), queue.PriorityQueue()
    for item in (1, 2):
        lifo.put(item)
        priority.put(3 - item)
    return lifo, priority


@kind(
    "SimpleQueue",
    "assert value.get(timeout=1) == 1; value.put(2); assert value.get(timeout=1) == 2",
)
def _():
    made = queue.SimpleQueue()
    made.put(1)
    return made


@kind("finished Future", "assert value.result(timeout=1) == 5 and value.done()")
def _():
    future = concurrent.futures.Future()
    future.set_result(5)
    return future


@kind("failed Future", "assert isinstance(value.exception(timeout=1), ValueError)")
def _():
    future = concurrent.futures.Future()
    future.set_exception(ValueError("a"))
    return future


@kind("ThreadPoolExecutor", "assert value.submit(len, 'ab').result(5) == 2; value.shutdown()")
def _():
    return concurrent.futures.ThreadPoolExecutor(2)


@kind(
    "asyncio primitives",
    """
    import asyncio
    lock, event, queue, semaphore = value
    async def use():
        async with lock, semaphore:
            return event.is_set()
    assert asyncio.run(use()) is True
""",
)
def _():
    event = asyncio.Event()
    event.set()
    return asyncio.Lock(), event, asyncio.Queue(), asyncio.Semaphore(2)


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
    "sched.scheduler",
    "value.run(); out = value.run\n",
)
def _():
    scheduler = sched.scheduler()
    scheduler.enter(0, 1, print)
    return scheduler


@kind(
    "ContextVar Token (refused)",
    "",
)
def _():
    return contextvars.ContextVar("v").set(1)


@kind("partial over a lock's method", "assert value()")
def _():
    return functools.partial(threading.Lock().acquire, timeout=1)
