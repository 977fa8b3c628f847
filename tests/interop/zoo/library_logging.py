"""Kinds of logging. Runs in `__main__`; see `zoo.send`."""

# ruff: noqa: B018

import logging
import logging.handlers
import queue
import sys

from tests.interop.zoo import kind


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
