"""anypickle under the name of cloudpickle, for cloudpickle's own tests.

The public names are ours. The private helpers that those tests look at (`_extract_class_dict` and its like) are
cloudpickle's own: what they test is not what a pickler does.
"""

from __future__ import annotations

from typing import Any

import anypickle
from anypickle import Pickler, load, loads
from anypickle import registry as _registry

CloudPickler = Pickler
DEFAULT_PROTOCOL = anypickle.HIGHEST_PROTOCOL


def dumps(obj: Any, protocol: int | None = None, buffer_callback: Any = None) -> bytes:
    """`anypickle.dumps` with cloudpickle's default protocol."""
    protocol = DEFAULT_PROTOCOL if protocol is None else protocol
    return anypickle.dumps(obj, protocol, buffer_callback=buffer_callback)


def dump(obj: Any, file: Any, protocol: int | None = None, buffer_callback: Any = None) -> None:
    """`anypickle.dump` with cloudpickle's default protocol."""
    protocol = DEFAULT_PROTOCOL if protocol is None else protocol
    anypickle.dump(obj, file, protocol, buffer_callback=buffer_callback)


from . import cloudpickle  # noqa: E402


def register_pickle_by_value(module: Any) -> None:
    """Ours, and cloudpickle's for its private helpers."""
    cloudpickle.register_pickle_by_value(module)
    anypickle.register_by_value(module)


def unregister_pickle_by_value(module: Any) -> None:
    """Ours, and cloudpickle's for its private helpers."""
    cloudpickle.unregister_pickle_by_value(module)
    _registry.unregister_by_value(module)


def list_registry_pickle_by_value() -> set[str]:
    """The modules that go by value."""
    return set(_registry.BY_VALUE_MODULES)


__all__ = [
    "DEFAULT_PROTOCOL",
    "CloudPickler",
    "Pickler",
    "cloudpickle",
    "dump",
    "dumps",
    "list_registry_pickle_by_value",
    "load",
    "loads",
    "register_pickle_by_value",
    "unregister_pickle_by_value",
]
