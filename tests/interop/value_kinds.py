"""Functions and classes that cross by value, for the golden streams; what is written of one Python is read by that one.

Each is a program that sets `value`, and an expression of `value` that is true where it arrives. A kind is added with a
new name; none is changed.
"""

from __future__ import annotations

import textwrap
from typing import Any

__all__ = ["KINDS", "build"]

KINDS = {
    "lambda": ("value = lambda x: x + 1", "value(2) == 3"),
    "modules": (
        "import json, os.path, xml.dom as dom\ndef value(x): return dom, os.path.basename(json.dumps(x))",
        "value('a/b')[1] == 'b\"'",
    ),
    "globals": (
        "n = 3\ndef helper(x): return x * n\ndef value(x): return value if x is None else helper(x) + n",
        "value(2) == 9 and value(None) is value",
    ),
    "closure": (
        "def make(a, b):\n def value(x): return a, b, x\n return value\nvalue = make(1, [2])",
        "value(3) == (1, [2], 3)",
    ),
    "recursive closure": (
        "def make():\n def value(n): return n * value(n - 1) if n else 1\n return value\nvalue = make()",
        "value(5) == 120",
    ),
    "shared cells": (
        "def make():\n n = 0\n def up():\n  nonlocal n; n += 1\n def get(): return n\n return up, get\nvalue = make()",
        "value[0]() is None and value[1]() == 1",
    ),
    "attributes": (
        "def value(a=1, *, b=[2]) -> str:\n 'A doc.'\n return a, b\nvalue.mark = [value]",
        "value() == (1, [2]) and value.mark == [value] and value.__doc__ == 'A doc.'",
    ),
    "class": (
        "class C:\n 'A doc.'\n kinds = []\n def get(self): return self.x, super().__repr__()\n"
        " @property\n def p(self): return self.x\n @classmethod\n def c(cls): return cls\n"
        " @staticmethod\n def s(): return C\nC.kinds.append(C)\nvalue = C(); value.x = 5",
        "value.get()[0] == value.p == 5 and value.c() is value.s() is value.kinds[0]",
    ),
    "subclass": (
        "class A:\n __slots__ = ('a',)\nclass B(A):\n __slots__ = 'b'\nvalue = B(); value.a, value.b = 1, [2]",
        "(value.a, value.b) == (1, [2]) and type(value).__mro__[1].__name__ == 'A'",
    ),
    "enumeration": (
        "from enum import Enum\nclass E(Enum):\n A = 1\n B = 2\n C = 1\nE.A.other = E.B\nvalue = E",
        "value.C is value.A is value(1) and value.A.other is value.B",
    ),
    "abstract class": (
        "from abc import ABC\nclass A(ABC): pass\nclass B: pass\nA.register(B)\nvalue = [A, B]",
        "issubclass(value[1], value[0])",
    ),
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass D:\n x: int\n y: str = 'y'\nvalue = D(1)",
        "value == type(value)(1) and value.y == 'y'",
    ),
}


def build(kind: str) -> Any:
    """What the program of this kind calls `value`."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(textwrap.dedent(KINDS[kind][0]), space)
    return space["value"]
