"""`pickle.dumps` and `pickle.dump`: while anypickle is installed they are ours.

The streams are the same for whatever pickle could carry: functions and classes of `__main__` go by name, as they always
did, and only what has no name to be found under goes by value. `pickle.Pickler` stays what it is, because classes
derived from it outlive an uninstall; it reaches the recipes through copyreg's table.
"""

from __future__ import annotations

from anypickle.channels import _road
from anypickle.crossing import gate
from anypickle.policy import Channel

__all__ = ["Road"]


class Road(_road.Road):
    """The two functions of the `pickle` module."""

    def apply(self) -> None:
        for name in ("dumps", "dump"):
            ours = gate(self.library, name, Channel.BYTES, shares_main=True)
            self.patches.attribute(self.library, name, ours)
