"""Act on a library at the moment when the program imports it, and never before.

A patch to Keras must not import Keras: most programs that install anypickle never touch it, and
those that do choose its back end before the first import. So an integration waits::

    hooks = PostImport({"keras": apply})
    hooks.start()       # a library that is there already: apply() runs now
    import keras        # apply(keras) runs as the last step of this import
    hooks.stop()        # nothing waits any more; sys.meta_path is as it was

The finder stands first in ``sys.meta_path``, but finds nothing itself: it asks the others, and
wraps the loader of the names it waits for. The wrapper steps aside before the module's code runs,
so ``__spec__`` and ``__loader__`` are those of a plain import. Neither derives from the abstract
classes of ``importlib.abc``, whose import takes as long as all the rest of ``install()``. A
callback that fails does not fail the import of a library that is sound without us; it is reported
as a warning.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["PostImport", "is_loading"]

Callback = Callable[[ModuleType], None]


class PostImport:
    """Calls a function of ours right after a module of theirs has been executed."""

    def __init__(self, callbacks: Mapping[str, Callback]) -> None:
        self._callbacks = dict(callbacks)
        self._asking: set[str] = set()

    def start(self) -> None:
        """Wait from now on; what is imported already gets its callback at once."""
        if self in sys.meta_path:
            return
        sys.meta_path.insert(0, self)
        for name in self._callbacks:
            module = sys.modules.get(name)
            if module is not None and not is_loading(module):
                self.notify(module)

    def stop(self) -> None:
        """Wait no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def notify(self, module: ModuleType) -> None:
        """Run the callback of one module, turning its failure into a warning."""
        try:
            self._callbacks[module.__name__](module)
        except Exception as error:
            warnings.warn(
                f"anypickle leaves {module.__name__} as it is: {type(error).__name__}: {error}",
                RuntimeWarning,
                stacklevel=2,
            )

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find the module as the other finders do, with a loader that reports back."""
        if fullname not in self._callbacks or fullname in self._asking:
            return None
        self._asking.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._asking.discard(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _ReportingLoader(spec.loader, self)  # type: ignore[assignment]
        return spec


class _ReportingLoader:
    """Loads through another loader, out of sight, and then tells the finder."""

    def __init__(self, loader: Any, hooks: PostImport) -> None:
        self._loader = loader
        self._hooks = hooks

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        if self._hooks in sys.meta_path:
            self._hooks.notify(module)


def is_loading(module: ModuleType) -> bool:
    """True while another import of the module is still executing it."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))
