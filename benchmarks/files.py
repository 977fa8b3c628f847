"""A Pickler and an Unpickler for each object, as joblib and multiprocessing use them; the file is memory."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks import rivals


def _dump(pickler: Any, value: Any) -> bytes:
    file = io.BytesIO()
    pickler(file, 5).dump(value)
    return file.getvalue()


def _load(unpickler: Any, stream: bytes) -> Any:
    return unpickler(io.BytesIO(stream)).load()


def measure(bench: Any, cases: dict[str, Callable[[], Any]], works: tuple[str, ...]) -> None:
    """Time both against those of `_pickle`."""
    modules = {"_pickle": importlib.import_module("_pickle"), "anypickle": bench.module}
    for case, build in cases.items():
        if not bench.wants(case):
            continue
        value = build()
        streams = {name: _dump(module.Pickler, value) for name, module in modules.items()}
        for name, module in modules.items():
            other = streams["_pickle" if name == "anypickle" else "anypickle"]
            assert rivals.same(_load(module.Unpickler, other), value), f"{case}: {name}"
        sizes = {name: len(stream) for name, stream in streams.items()}
        if "dumps" in works:
            writers = {n: partial(_dump, m.Pickler, value) for n, m in modules.items()}
            bench.measure("Pickler.dump", case, writers, sizes=sizes)
        if "loads" in works:
            stream = streams["_pickle"]
            readers = {n: partial(_load, m.Unpickler, stream) for n, m in modules.items()}
            bench.measure("Unpickler.load", case, readers)
