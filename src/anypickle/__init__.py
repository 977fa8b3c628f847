"""Any Python object crosses a process boundary with a stated meaning, or is explained.

    import anypickle

    anypickle.dumps(obj)            # pickle's arguments, streams and errors; and what pickle refuses
    anypickle.install()             # multiprocessing, copy.deepcopy, joblib ... carry them too
    print(anypickle.explain(obj))   # what cannot cross, where it is, and what to do

Only the codec is loaded here; every other name is imported when it is first used.
"""

from __future__ import annotations

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

TYPE_CHECKING = False  # as typing's, without importing it
if TYPE_CHECKING:
    from typing import Any

    from anypickle.channels import install, installed, is_installed, uninstall
    from anypickle.choices import strict
    from anypickle.deaths import WorkerDiedError
    from anypickle.explain import explain
    from anypickle.hashing import hash as hash
    from anypickle.integrations.sklearn import clone
    from anypickle.policy import (
        Channel,
        HeldLockWarning,
        OwnerDiedWarning,
        Policy,
        PolicyWarning,
        Scope,
    )
    from anypickle.registry import override, register, register_by_value, unregister_by_value
    from anypickle.shared import (
        Barrier,
        BoundedSemaphore,
        Condition,
        Event,
        LifoQueue,
        Lock,
        PriorityQueue,
        Queue,
        RLock,
        Semaphore,
        SimpleQueue,
        share,
    )

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_PROTOCOL",
    "HIGHEST_PROTOCOL",
    "Barrier",
    "BoundedSemaphore",
    "Channel",
    "Condition",
    "Event",
    "HeldLockWarning",
    "LifoQueue",
    "Lock",
    "OwnerDiedWarning",
    "PickleError",
    "Pickler",
    "PicklingError",
    "Policy",
    "PolicyWarning",
    "PriorityQueue",
    "Queue",
    "RLock",
    "Scope",
    "Semaphore",
    "SimpleQueue",
    "Unpickler",
    "UnpicklingError",
    "WorkerDiedError",
    "clone",
    "dump",
    "dumps",
    "explain",
    "install",
    "installed",
    "is_installed",
    "load",
    "loads",
    "override",
    "register",
    "register_by_value",
    "share",
    "strict",
    "uninstall",
    "unregister_by_value",
]

_HOMES = {
    "channels": ("install", "installed", "is_installed", "uninstall"),
    "choices": ("strict",),
    "deaths": ("WorkerDiedError",),
    "explain": ("explain",),  # the package itself can be called
    "hashing": ("hash",),  # not in __all__: `from anypickle import *` would hide the builtin
    "keras": ("keras",),
    "integrations.sklearn": ("clone",),
    "policy": (
        "Channel",
        "HeldLockWarning",
        "OwnerDiedWarning",
        "Policy",
        "PolicyWarning",
        "Scope",
    ),
    "registry": ("override", "register", "register_by_value", "unregister_by_value"),
    "shared": (
        "Barrier",
        "BoundedSemaphore",
        "Condition",
        "Event",
        "LifoQueue",
        "Lock",
        "PriorityQueue",
        "Queue",
        "RLock",
        "Semaphore",
        "SimpleQueue",
        "share",
    ),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        import importlib

        module = importlib.import_module(f"anypickle.{_HOME[name]}")
        value = module if name == _HOME[name] else getattr(module, name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """Called by IPython's `%load_ext anypickle`."""
    from anypickle.integrations import ipython

    ipython.load_ipython_extension(shell)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
