"""Python 3.14 lends what it passes to a function: an object with one owner looked as if nobody had it."""

from __future__ import annotations

import io
import subprocess
import sys

import anypickle


def test_an_object_gives_the_same_bytes_however_many_have_it() -> None:
    value = [["x"], {"a": 1.5}]
    alone = anypickle.dumps(value)
    keep = [value]
    assert anypickle.dumps(value) == alone
    del keep
    assert anypickle.dumps(value) == alone


def test_a_pickler_meets_it_again() -> None:
    value = [["x"]]
    pickler = anypickle.Pickler(file := io.BytesIO(), 4)
    pickler.dump(value)
    once = file.tell()
    pickler.dump(value)
    assert file.tell() - once < once


def test_the_first_time_that_a_type_is_met_gives_the_same_bytes() -> None:
    program = """
from decimal import Decimal
import anypickle
first, second = (anypickle.dumps([Decimal("1.5")]) for _ in "12")
assert first == second, (first, second)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
