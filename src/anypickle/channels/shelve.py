"""`shelve`: what is put on a shelf goes through our codec, as what `pickle.dump` writes does.

Until Python 3.14 `shelve` looks its pickler up by name each time. From 3.15 on each shelf keeps the function that it
was opened with; where that is pickle's own, it reads as ours while anypickle is installed, also on shelves that
were opened before, and as what it was afterwards.
"""

from __future__ import annotations

import _pickle
from typing import Any

from anypickle import _core
from anypickle.channels import _road
from anypickle.crossing import crossing
from anypickle.policy import Channel

__all__ = ["Road"]

_KEPT = "serializer"
"""The attribute of a shelf that has the function."""


class Road(_road.Road):
    """Wherever the library has what it writes with."""

    def apply(self) -> None:
        if hasattr(self.library, "Pickler"):
            self.patches.attribute(self.library, "Pickler", _Pickler)
        else:
            self.patches.attribute(self.library.Shelf, _KEPT, property(_serializer, _keep))


class _Pickler(_core.Pickler):
    def dump(self, obj: Any, /) -> None:
        with crossing(Channel.BYTES, root=obj, shares_main=True):
            super().dump(obj)


def _serializer(shelf: Any) -> Any:
    try:
        kept = vars(shelf)[_KEPT]
    except KeyError:
        raise AttributeError(_KEPT) from None
    return _dumps if kept is _pickle.dumps else kept


def _keep(shelf: Any, serializer: Any) -> None:
    vars(shelf)[_KEPT] = serializer


def _dumps(obj: Any, protocol: int | None = None) -> bytes:
    with crossing(Channel.BYTES, root=obj, shares_main=True):
        return _core.dumps(obj, protocol)
