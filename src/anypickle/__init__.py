"""Any Python object crosses a process boundary with a stated meaning, or is explained.

`dumps`, `loads`, `dump`, `load`, `Pickler` and `Unpickler` are those of `pickle`: same arguments, same streams,
same errors. What `pickle` refuses gets across as well.
"""

from anypickle._core import (
    DEFAULT_PROTOCOL,
    HIGHEST_PROTOCOL,
    PickleError,
    Pickler,
    PicklingError,
    Unpickler,
    UnpicklingError,
    dump,
    dumps,
    load,
    loads,
)

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_PROTOCOL",
    "HIGHEST_PROTOCOL",
    "PickleError",
    "Pickler",
    "PicklingError",
    "Unpickler",
    "UnpicklingError",
    "dump",
    "dumps",
    "load",
    "loads",
]
