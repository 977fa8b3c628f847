"""`shelve`: what is put on a shelf goes through our codec, as what `pickle.dump` writes does."""

from __future__ import annotations

from typing import Any

from anypickle import _core
from anypickle.channels import _road
from anypickle.crossing import crossing
from anypickle.policy import Channel

__all__ = ["Road"]


class Road(_road.Road):
    """`shelve`, which looks its pickler up by name each time."""

    def apply(self) -> None:
        self.patches.attribute(self.library, "Pickler", _Pickler)


class _Pickler(_core.Pickler):
    def dump(self, obj: Any, /) -> None:
        with crossing(Channel.BYTES, root=obj, shares_main=True):
            super().dump(obj)
