"""What to do, in code that can be pasted: the parts of a hint that stand between backticks.

class_expression(type(threading.Lock()))    # "_thread.lock"
without(worker, "thread")                   # "def __getstate__(self): return {**vars(self), 'thread': None}"
"""

from __future__ import annotations

import sys
from typing import Any

from anypickle.explain.finding import Owner
from anypickle.explain.words import attributes_of, module_of, mro_of, name_of, space_of
from anypickle.traffic.sites import whose

__all__ = ["class_expression", "without"]

_DECIDE = ("__getstate__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__")


def class_expression(cls: type) -> str:
    """An expression for a class, where its module has been imported; `type(obj)` where no name leads to it."""
    module = module_of(cls)
    found: Any = None
    if module in sys.modules:
        found = sys.modules[module]
        for part in name_of(cls).split("."):
            found = _part(found, part)
    if found is not cls:
        return "type(obj)"
    return name_of(cls) if module in ("builtins", "__main__") else f"{module}.{name_of(cls)}"


def _part(holder: Any, name: str) -> Any:
    """What a module or a class has under a name of its own; nothing where it is neither."""
    if issubclass(type(holder), type):
        return space_of(holder).get(name)
    return (attributes_of(holder) or {}).get(name)


def without(holder: Any, owner: Owner) -> str:
    """A method that leaves an attribute out, for a class of the program's own that has no say in the matter so far."""
    cls = type(holder)
    if type(cls) is not type or not _is_the_programs(cls, owner):
        return ""
    if any(name in space_of(base) for name in _DECIDE for base in mro_of(cls)[:-1]):
        return ""
    if owner.attribute not in (attributes_of(holder) or ()):
        return ""
    return f"def __getstate__(self): return {{**vars(self), {owner.attribute!r}: None}}"


def _is_the_programs(cls: type, owner: Owner) -> bool:
    top = module_of(cls).partition(".")[0]
    ours = owner.file is None or whose(owner.file) == 0
    return ours and top not in sys.stdlib_module_names
