"""Any Python object crosses a process boundary with a stated meaning, or is explained."""

from anypickle._core import Unpickler, load, loads

__version__ = "0.1.0"

__all__ = ["Unpickler", "load", "loads"]
