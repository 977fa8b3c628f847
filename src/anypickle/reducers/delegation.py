"""Instances whose class answers for any attribute by asking another object, which it looks for in itself.

    def __getattr__(self, name):
        return getattr(self.inner, name)

pickle asks an instance that is still empty for `__setstate__`, and such a class looks for `inner` without end. They
arrive through a setter that asks nothing. A class that is on its guard goes as stock pickle has it.
"""

from __future__ import annotations

import dis
from types import CodeType, FunctionType, MemberDescriptorType
from typing import Any

from anypickle import _value
from anypickle.crossing import Crossing
from anypickle.policy import Policy

__all__ = ["delegates", "reduce"]


def delegates(cls: type) -> bool:
    """Whether asking an empty instance for an attribute that it lacks leads to asking it again."""
    asked = next(
        (vars(base)["__getattr__"] for base in cls.__mro__ if "__getattr__" in vars(base)), None
    )
    if not isinstance(asked, FunctionType) or hasattr(cls, "__setstate__"):
        return False
    code = asked.__code__
    if not _uses_the_name(code):
        return False  # it has nothing to ask for
    known = _constants(code)
    if any(text.startswith("__") for text in known) or "startswith" in code.co_names:
        return False  # it looks at the name first
    wanted = {
        name
        for name in code.co_names
        if not (_has(cls, name) or name in asked.__globals__ or name in _BUILTINS)
    }
    return bool(wanted) and not wanted <= known


def _has(cls: type, name: str) -> bool:
    """Whether an empty instance has it from its class; a slot is empty, too."""
    found = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    return found is not None and not isinstance(found, MemberDescriptorType)


def _uses_the_name(code: CodeType) -> bool:
    if code.co_argcount < 2:
        return True  # among *args
    name = code.co_varnames[1]
    used = (i.argval for i in dis.get_instructions(code) if i.opname.startswith("LOAD_"))
    return any(name in value if isinstance(value, tuple) else name == value for value in used)


def _constants(code: CodeType) -> set[str]:
    found: set[str] = set()
    for constant in code.co_consts:
        parts = constant if isinstance(constant, (tuple, frozenset)) else (constant,)
        found.update(part for part in parts if isinstance(part, str))
    return found


def reduce(obj: Any, policy: Policy, crossing: Crossing) -> Any:
    """As stock pickle, but with a setter of ours."""
    reduced = obj.__reduce_ex__(4)
    if isinstance(reduced, str) or len(reduced) > 5 or len(reduced) < 3 or reduced[2] is None:
        return reduced
    function, args, state, *items = reduced
    return (function, args, state, *[*items, None, None][:2], _value.set_state)


_BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)
