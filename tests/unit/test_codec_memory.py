"""Dumps, loads and copies keep nothing, and neither do their error paths."""

import gc
import io
import itertools
import pickle
import sys

import pytest

from anypickle import _core


class Plain:
    def __init__(self, **attributes):
        vars(self).update(attributes)


class Fails:
    def __reduce__(self):
        raise ValueError("no")


class Hooked(_core.Pickler):
    def persistent_id(self, obj):
        return "id" if obj is len else None

    def reducer_override(self, obj):
        return NotImplemented


class HookedLoads(_core.Unpickler):
    def persistent_load(self, pid):
        return len

    def find_class(self, module, name):
        return super().find_class(module, name)


VALUE = [
    {"a": (1, 2.5, "text", b"bytes")},
    {1, 2},
    frozenset("ab"),
    Plain(a=Plain(b=[1])),
    bytearray(b"abc"),
    1 << 200,
    len,
    pickle.PickleBuffer(b"x" * 100),
]
DATA = _core.dumps(VALUE, 5)


def _dump_and_load_with_hooks():
    file = io.BytesIO()
    Hooked(file, 5).dump(VALUE)
    HookedLoads(io.BytesIO(file.getvalue())).load()


def _cycle_through_the_memos():
    file = io.BytesIO()
    pickler = _core.Pickler(file)
    pickler.dump([holder := Plain()])
    holder.pickler = pickler


def _fails(act, error):
    def run():
        with pytest.raises(error):
            act()

    return run


@pytest.mark.parametrize(
    "act",
    [
        lambda: _core.dumps(VALUE, 5),
        lambda: _core.dumps(VALUE[:-1], 2),
        lambda: _core.loads(DATA),
        lambda: _core.deepcopy(VALUE[:-1]),
        _dump_and_load_with_hooks,
        _cycle_through_the_memos,
        _fails(lambda: _core.dumps([VALUE[:-1], {"k": Plain(x=Fails())}]), ValueError),
        _fails(lambda: _core.deepcopy([VALUE[:-1], Plain(x=Fails())]), ValueError),
        _fails(lambda: _core.loads(DATA[:-2]), pickle.UnpicklingError),
        _fails(lambda: _core.loads(b"(K\x01K\x02}cno.such\nname\n."), ModuleNotFoundError),
        _fails(lambda: _core.Unpickler(object()), TypeError),
        _fails(lambda: _core.Pickler(object()), TypeError),
    ],
)
def test_nothing_is_kept(act):
    def blocks():
        for _ in range(100):
            act()
        gc.collect()
        return sys.getallocatedblocks()

    blocks()
    blocks()
    counts = [blocks() for _ in range(5)]
    assert min(b - a for a, b in itertools.pairwise(counts)) < 50, counts  # a leak is 100
