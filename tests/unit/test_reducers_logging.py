"""Loggers are found by name; handlers cross with their settings and open what they write to at their first record."""

from __future__ import annotations

import logging
import logging.handlers
import pickle
import pickletools
import sys
import threading
from pathlib import Path

import pytest

import anypickle
from tests.helpers.crossing import across
from tests.helpers.programs import FreshLoader


def record(message: str) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, __file__, 1, message, (), None)


def test_loggers_are_found_by_name_as_stock_pickle_has_it() -> None:
    for logger in (logging.getLogger("a.b"), logging.getLogger()):
        ours, stock = anypickle.dumps(logger, 4), pickle.dumps(logger, 4)
        assert pickletools.optimize(ours) == pickletools.optimize(stock)
        assert across(logger) is logger


def test_a_logger_made_by_hand_crosses_with_its_handlers(load_elsewhere: FreshLoader) -> None:
    logger = logging.Logger("mine", logging.INFO)
    handler = logging.StreamHandler(sys.__stdout__)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logger.addHandler(handler)
    look = "value.info('said'); value.debug('unsaid')"
    assert load_elsewhere(anypickle.dumps(logger), look) == "mine: said\n"


@pytest.mark.parametrize("mode", ["w", "a"])
def test_a_file_handler_appends_and_nobody_overwrites(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "log"
    handler = logging.FileHandler(path, mode, encoding="utf-8")
    handler.emit(record("one"))
    arrived = across(handler)
    assert arrived.stream is None and arrived.lock is not handler.lock
    arrived.emit(record("twö"))
    handler.emit(record("three"))
    assert path.read_text("utf-8").split() == ["one", "twö", "three"]
    handler.close()
    arrived.close()


def test_rotating_handlers_go_on_rotating(tmp_path: Path) -> None:
    path = tmp_path / "log"
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=20, backupCount=2)
    handler.emit(record("x" * 15))
    arrived = across(handler)
    handler.close()
    arrived.emit(record("y" * 15))
    arrived.close()
    assert path.read_text() == "y" * 15 + "\n"
    assert Path(f"{path}.1").read_text() == "x" * 15 + "\n"


def test_other_handlers_keep_their_settings() -> None:
    memory = logging.handlers.MemoryHandler(10, target=logging.NullHandler())
    memory.emit(record("waits"))
    sock = logging.handlers.SocketHandler("localhost", 1)
    arrived_memory, arrived_sock = across((memory, sock))
    assert arrived_memory.buffer[0].getMessage() == "waits"
    assert (arrived_sock.host, arrived_sock.port, arrived_sock.sock) == ("localhost", 1, None)


def test_a_handler_of_the_programs_own_keeps_its_attributes_and_gets_a_lock() -> None:
    handler = Counting()
    handler.acquire()
    arrived = across(handler)
    handler.release()
    arrived.handle(record("two"))
    assert arrived.count == 1 and arrived.lock is not None
    assert arrived.others.acquire(blocking=False)


def test_the_handler_of_last_resort_is_that_of_the_other_side() -> None:
    assert across(logging.lastResort) is logging.lastResort


class Counting(logging.Handler):
    """A handler that holds a lock of its own besides."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.others = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
