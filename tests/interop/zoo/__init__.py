"""A zoo of kinds of objects, each with a check that runs where it arrives: `send` dumps them, `receive` looks at them.

    @kind("closure", "assert value(2) == 12")
    def _():
        offset = 10
        return lambda x: x + offset

The check is statements over `value`; they run in a process that shares nothing with the sender but the installed
packages. A kind may be refused; it may not arrive wrong.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["FILES", "KINDS", "Kind", "kind"]

FILES = (
    "functions",
    "functions_decorated",
    "functions_methods",
    "classes",
    "classes_data",
    "classes_enums",
    "classes_instances",
    "classes_metaclasses",
    "classes_typing",
    "values",
    "library",
    "library_asyncio",
    "library_collections",
    "library_exceptions",
    "library_files",
    "library_io",
    "library_language",
    "library_logging",
    "library_network",
    "library_numbers",
    "library_processes",
    "library_testing",
    "library_threads",
    "library_tools",
)
"""The files of the zoo: the language, then the standard library by area."""


@dataclass(frozen=True)
class Kind:
    """One kind of object."""

    name: str
    check: str
    make: Callable[[], Any]
    file: str


KINDS: list[Kind] = []


def kind(
    name: str, check: str, *, since: tuple[int, int] = (3, 11)
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Adds a kind to the zoo, on versions of Python that have it; a decorator of the function that makes one."""

    def add(make: Callable[[], Any]) -> Callable[[], Any]:
        if sys.version_info >= since:
            file = make.__code__.co_filename.rpartition("/")[2].removesuffix(".py")
            KINDS.append(Kind(name, textwrap.dedent(check), make, file))
        return make

    return add
