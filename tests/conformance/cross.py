"""CPython's pickle tests with one side ours and the other side stock's C implementation.

CPython's own suite crosses its C with its Python implementation; this adds the pairs that matter to whoever has
anypickle on one side of a pipe only.
"""

from __future__ import annotations

import _pickle as ours  # `subject.impersonate` has put ours there
import io
import pickle
import unittest
from typing import Any, ClassVar

import subject
from test import test_pickle
from test.pickletester import AbstractPickleTests

stock = subject.stock()


class OursDumpStockLoad(test_pickle.PyPicklerTests):
    """What our Pickler writes, stock's Unpickler reads."""

    pickler = ours.Pickler
    unpickler = stock.Unpickler


class StockDumpOursLoad(test_pickle.PyPicklerTests):
    """What stock's Pickler writes, our Unpickler reads."""

    pickler = stock.Pickler
    unpickler = ours.Unpickler


class _InMemory(AbstractPickleTests):
    writer: ClassVar[Any]
    reader: ClassVar[Any]
    test_framed_write_sizes_with_delayed_writer = None

    def dumps(self, arg: Any, proto: int | None = None, **kwargs: Any) -> Any:
        return type(self).writer.dumps(arg, proto, **kwargs)

    def loads(self, buf: Any, **kwargs: Any) -> Any:
        return type(self).reader.loads(buf, **kwargs)


class OursDumpsStockLoads(_InMemory, unittest.TestCase):
    """What our `dumps` writes, stock's `loads` reads."""

    writer, reader = ours, stock


class StockDumpsOursLoads(_InMemory, unittest.TestCase):
    """What stock's `dumps` writes, our `loads` reads."""

    writer, reader = stock, ours


class OursDumpsPythonLoads(_InMemory, unittest.TestCase):
    """What our `dumps` writes, the loader written in Python reads: it checks what the C loader lets pass."""

    writer = ours

    class reader:
        """`pickle._loads`."""

        loads = staticmethod(pickle._loads)


class OursWithoutHooks(test_pickle.PyPicklerTests):
    """Subclasses that override nothing behave as the class itself."""

    class pickler(ours.Pickler):
        """An empty subclass."""

    class unpickler(ours.Unpickler):
        """An empty subclass."""


class OursFromDribbles(test_pickle.PyPicklerTests):
    """A file that gives a byte at a time and has neither peek nor readinto."""

    pickler = ours.Pickler
    unpickler = ours.Unpickler

    def loads(self, buf: Any, **kwargs: Any) -> Any:
        data = io.BytesIO(buf)

        class Dribble:
            """`read` and `readline`, no more."""

            read = staticmethod(data.read)
            readline = staticmethod(data.readline)

        return self.unpickler(Dribble(), **kwargs).load()
