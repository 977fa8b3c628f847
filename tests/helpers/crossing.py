"""There and back: what anypickle writes, as stock pickle reads it."""

from __future__ import annotations

import pickle
from typing import Any

import anypickle


def across(obj: Any, **options: Any) -> Any:
    """An object as it arrives; the options are those of `anypickle.dumps`."""
    return pickle.loads(anypickle.dumps(obj, **options))
