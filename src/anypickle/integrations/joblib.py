"""joblib under ``anypickle.install()``: hashes that tell objects apart.

``joblib.hash`` sorts a dict's items and pickles them in one ``try``, and takes any ``TypeError`` for keys
that cannot be sorted. If it was a value that cannot be pickled, it begins again; what was half-written
counts as written by then, and the attributes after it are never looked at. Two different objects hash
alike, and ``Memory`` returns the result of the other. Here the sorting alone is tried, so the error of a
value is an error; and what anypickle has a recipe for (a lock, a queue, a file) has a hash, the same in each
process. So have functions and classes that can't be found by name: that of their code and of what they refer
to. A class without a name of its own to be found under, such as the type of a lock before Python
3.13, counts by the name it says it has.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pickle import PicklingError
from types import FunctionType
from typing import Any

from anypickle import registry
from anypickle.channels._patches import Patches
from anypickle.crossing import crossing
from anypickle.policy import Channel

__all__ = ["apply", "revert"]

_patches = Patches()


def apply() -> None:
    """Patch joblib's hasher."""
    from joblib import hashing

    hasher = hashing.Hasher
    pickler = hashing.Pickler
    original_hash = hasher.hash
    original_save_global = hasher.save_global

    @functools.wraps(original_hash)
    def hash(self: Any, obj: Any, return_digest: bool = True) -> Any:
        with crossing(Channel.HASH, root=obj):
            try:
                return original_hash(self, obj, return_digest=return_digest)
            except Exception as error:
                from anypickle.explain.notes import traced

                traced(error, obj, Channel.HASH)
                raise

    @functools.wraps(hasher._batch_setitems)
    def _batch_setitems(self: Any, items: Any, *args: Any) -> None:
        pickler._batch_setitems(self, iter(_in_order(items, hashing.hash)), *args)

    @functools.wraps(original_save_global)
    def save_global(self: Any, obj: Any, name: str | None = None, **options: Any) -> None:
        if isinstance(obj, type) and not _is_found(obj):
            self.save(hashing._MyHash("type", obj.__module__, obj.__qualname__))
            return
        try:
            original_save_global(self, obj, name, **options)
        except PicklingError:
            reduced = registry.by_value(obj)
            if not isinstance(reduced, tuple):
                raise
            self.save_reduce(*reduced, obj=obj)

    _patches.attribute(hasher, "hash", hash)
    _patches.attribute(hasher, "_batch_setitems", _batch_setitems)
    _patches.attribute(hasher, "save_global", save_global)
    _patches.attribute(
        hasher, "dispatch", {**hasher.dispatch, type: save_global, FunctionType: save_global}
    )


def revert() -> None:
    """Give joblib its own hasher back."""
    _patches.revert()


def _in_order(items: Any, hash_of: Callable[[Any], str]) -> list[tuple[Any, Any]]:
    """Return a dict's items in the order of their keys, or of joblib's hashes of the keys."""
    items = list(items)
    try:
        return sorted(items)
    except TypeError:
        return sorted((hash_of(key), value) for key, value in items)


def _is_found(cls: type) -> bool:
    """Tell whether a builtin class is there under the name that it has; others are pickle's affair."""
    module = sys.modules.get(cls.__module__)
    if cls.__module__ not in sys.builtin_module_names or module is None:
        return True
    found: Any = module
    for part in cls.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is cls
