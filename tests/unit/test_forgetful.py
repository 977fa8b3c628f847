"""What a class adds to a type of the standard library arrives, also where that type's reducer knows nothing of it."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import http.cookies
import ipaddress
import itertools
import pathlib
import pickle
import pickletools
import random
import sys
import xml.etree.ElementTree as ET
from typing import Any

import numpy
import pytest

import anypickle

BASES = {
    collections.defaultdict: (list, {"a": [1]}),
    collections.Counter: ("aab",),
    datetime.datetime: (2026, 1, 2),
    datetime.date: (2026, 1, 2),
    datetime.time: (1, 2),
    datetime.timedelta: (3,),
    decimal.Decimal: ("1.5",),
    decimal.Context: (7,),
    fractions.Fraction: (1, 3),
    pathlib.PurePosixPath: ("a", "b"),
    pathlib.PosixPath: ("a", "b"),
    ipaddress.IPv4Address: ("10.0.0.1",),
    ipaddress.IPv6Network: ("fe80::/64",),
    random.Random: (5,),
    enumerate: ([1, 2],),
    http.cookies.Morsel: (),
    ET.Element: ("tag",),
    numpy.ndarray: ((3,),),
    numpy.recarray: ((2,), [("x", int)]),
}
if sys.version_info < (
    3,
    14,
):  # since then itertools says nothing of itself, and derived classes are refused
    BASES[itertools.count] = (4,)


def derived(base: type, **more: Any) -> Any:
    name = f"Derived{base.__name__}{len(more)}"
    made = type(name, (base,), {"__module__": __name__, **more})
    globals()[name] = made
    return made


def same(one: Any, other: Any) -> bool:
    if isinstance(one, random.Random):
        return one.getstate() == other.getstate()  # type: ignore[no-any-return]
    if isinstance(one, (decimal.Context, enumerate, itertools.count)):
        return repr(one) == repr(other) or next(one) == next(other)
    if isinstance(one, numpy.ndarray):
        return (one.dtype, one.tobytes()) == (other.dtype, other.tobytes())
    if isinstance(one, ET.Element):
        return ET.tostring(one) == ET.tostring(other)
    return one == other  # type: ignore[no-any-return]


@pytest.mark.filterwarnings("ignore:Pickle, copy, and deepcopy support")
@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
@pytest.mark.parametrize("load", [anypickle.loads, pickle.loads])
def test_attributes_and_slots_arrive(base: type, load: Any) -> None:
    made = derived(base)(*BASES[base])
    made.more, made.me = [1], made
    there = load(anypickle.dumps(made))
    assert type(there) is type(made)
    assert (there.more, there.me is there) == ([1], True)
    assert same(there, made)


def test_slots_of_a_derived_class_arrive() -> None:
    made = derived(datetime.date, __slots__=("mark", "__own", "empty"))(2026, 1, 2)
    made.mark = "x"
    made._Deriveddate1__own = 2
    there = anypickle.loads(anypickle.dumps(made))
    assert (there, there.mark, there._Deriveddate1__own) == (made, "x", 2)
    assert not hasattr(there, "empty")


class Decides(collections.Counter[str]):
    def __reduce__(self) -> Any:
        return type(self), (dict(self),)


def test_a_class_that_says_what_is_pickled_is_believed() -> None:
    made = Decides("ab")
    made.more = 1  # type: ignore[attr-defined]
    assert not hasattr(anypickle.loads(anypickle.dumps(made)), "more")


def test_an_instance_without_more_is_written_as_ever() -> None:
    made = derived(datetime.datetime)(2026, 1, 2)
    ours, stock = anypickle.dumps(made), pickle.dumps(made)
    assert pickletools.optimize(ours) == pickletools.optimize(stock)


def test_arrays_of_numpys_own_classes_go_as_numpy_has_it() -> None:
    for made in (numpy.zeros(2).view(numpy.recarray), numpy.ma.masked_array([1, 2], mask=[0, 1])):
        assert b"anypickle" not in anypickle.dumps(made)
