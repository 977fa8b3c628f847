"""`pickle.dumps` and `pickle.dump`: while anypickle is installed they are ours.

The streams are the same for whatever pickle could carry: functions and classes of `__main__` go by name, as they always
did, and only what has no name to be found under goes by value. `pickle.Pickler` stays what it is, because classes
derived from it outlive an uninstall; it reaches the recipes through copyreg's table.
"""

from __future__ import annotations

import functools
from typing import Any

from anypickle import _core
from anypickle.channels import _road
from anypickle.crossing import crossing
from anypickle.policy import Channel

__all__ = ["Road"]


class Road(_road.Road):
    """The two functions of the `pickle` module."""

    def apply(self) -> None:
        @functools.wraps(self.library.dumps)
        def dumps(obj: Any, *args: Any, **options: Any) -> bytes:
            with crossing(Channel.BYTES, root=obj, shares_main=True):
                return _core.dumps(obj, *args, **options)

        @functools.wraps(self.library.dump)
        def dump(obj: Any, file: Any, *args: Any, **options: Any) -> None:
            with crossing(Channel.BYTES, root=obj, shares_main=True):
                _core.dump(obj, file, *args, **options)

        self.patches.attribute(self.library, "dumps", dumps)
        self.patches.attribute(self.library, "dump", dump)
