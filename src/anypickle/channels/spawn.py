"""Arms a process that is started by spawn or forkserver before it imports the program's main module.

That import runs the program's own statements, and those may need what an armed process has. The data that prepare a
new process come first in its pipe, so an object among them does it. It is rebuilt before `sys.path` is that of
the program, hence it says where anypickle lies.

The server of forkserver imports the main module as well, as of Python 3.14, for all whom it forks. It is started with
the data in its command line, as their representations, so one of them is a representation that does it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anypickle
from anypickle.channels import _road

__all__ = ["Road"]

_ARM = """
import sys
try:
    from anypickle import _armed
except ImportError:
    sys.path.append(home)
    try:
        from anypickle import _armed
    finally:
        sys.path.remove(home)
_armed.arm()
"""
_FOR_THE_SERVER = ("ignore",)
"""What forkserver calls the process whose data it asks for when it starts its server."""


class Road(_road.Road):
    """`multiprocessing.spawn.get_preparation_data`, which both start methods call through the module."""

    def apply(self) -> None:
        stock = self.library.get_preparation_data

        def get_preparation_data(*args: Any, **options: Any) -> dict[str, Any]:
            data = {"anypickle": _ArmEarly(), **stock(*args, **options)}
            main = data.get("init_main_from_path")
            if main is not None and not Path(main).is_file():
                # A program read from standard input: nothing to run again, so what it defines goes by value.
                del data["init_main_from_path"]
            if args == _FOR_THE_SERVER and "sys_path" in data:
                data["sys_path"] = _ArmingPath(data["sys_path"])
            return data

        self.patches.attribute(self.library, "get_preparation_data", get_preparation_data)


class _ArmEarly:
    """Is rebuilt as the statements above, by a process that can import nothing of ours by name yet."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (_ARM, {"home": _home()})


class _ArmingPath(list[str]):
    """Is read from its representation in a command line, by a process of which the same is true."""

    def __repr__(self) -> str:
        return f"(exec({_ARM!r}, {{'home': {_home()!r}}}), {list(self)!r})[1]"


def _home() -> str:
    return str(Path(anypickle.__file__).parents[1])
