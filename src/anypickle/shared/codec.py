"""What pickles the items of shared queues: anypickle's own codec, set on first import."""

from __future__ import annotations

import pickle

from anypickle import _core, _shm

__all__ = ["install_codec"]


def install_codec() -> None:
    """Makes queues use anypickle's pickler, where it has one, else the standard library's."""
    _shm.set_codec(getattr(_core, "dumps", pickle.dumps), getattr(_core, "loads", pickle.loads))
