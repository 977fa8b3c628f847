"""The numbers and files inside a Keras object: arrays by path, assets by name.

Keras writes weights, optimizer slots and metric counters through a *store*, an object with ``make``
and ``get``. The stores here keep what they are given in plain dicts of arrays, so a pickler sees
arrays: joblib maps large ones into memory, protocol 5 passes them out of band, and no zip file with
HDF5 inside is built or read. Vocabularies and other files go the same way, as bytes.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from anypickle.reducers.contrib import _keras_standalone

__all__ = ["load", "save"]

Arrays = dict[str, dict[str, Any]]


def save(obj: Any) -> tuple[Arrays, dict[str, bytes]]:
    """Return the arrays and the files of a Keras object and all that it holds."""
    from keras.src import backend
    from keras.src.saving import saving_lib

    arrays, assets = _array_store(), _asset_store()
    try:
        saving_lib._save_state(
            obj, weights_store=arrays, assets_store=assets, inner_path="", visited_saveables=set()
        )
        files = assets.files()
    finally:
        assets.close()
    if not getattr(_optimizer(obj), "built", True):
        arrays.contents.pop("optimizer", None)
    found = {
        path: {key: _as_array(value, backend) for key, value in values.items()}
        for path, values in arrays.contents.items()
        if values
    }
    _keras_standalone.save(obj, found)
    return found, files


def load(obj: Any, arrays: Arrays, files: dict[str, bytes]) -> None:
    """Put arrays and files into a Keras object of the same structure.

    Raises:
        ValueError: naming the part that does not fit.
    """
    if _keras_standalone.load(obj, arrays):
        return
    from keras.src.saving import saving_lib

    store, assets = _array_store(arrays), _asset_store(files)
    # A compiled model that was never trained has nothing for the slots of its copy's optimizer.
    visited = set() if "optimizer" in arrays else {id(_optimizer(obj))}
    failed: set[int] = set()
    messages: dict[int, Any] = {}
    try:
        saving_lib._load_state(
            obj,
            weights_store=store,
            assets_store=assets if files else None,
            inner_path="",
            visited_saveables=visited,
            failed_saveables=failed,
            error_msgs=messages,
        )
    finally:
        assets.close()
    for part, error in messages.values():
        if id(part) in failed and part.built:
            name = getattr(part, "name", type(part).__name__)
            raise ValueError(f"the state of {name!r} does not fit what was built: {error}")


def _optimizer(obj: Any) -> Any:
    """Return the optimizer of a compiled model, or None."""
    return getattr(obj, "optimizer", None)


def _as_array(value: Any, backend: Any) -> Any:
    import numpy as np

    return value if isinstance(value, np.ndarray) else np.array(backend.convert_to_numpy(value))


def _array_store(contents: Arrays | None = None) -> Any:
    """Return a store of arrays; its class is Keras' own, as the functions that use it demand."""
    from keras.src.saving import saving_lib

    class ArrayStore(saving_lib.NpzIOStore):  # type: ignore[misc]
        def __init__(self) -> None:
            self.contents: Arrays = contents if contents is not None else {}

        def make(self, path: str, metadata: Any = None) -> dict[str, Any]:
            return self.contents.setdefault(path, {})

        def get(self, path: str) -> dict[str, Any]:
            return self.contents.get(path, {})

    return ArrayStore()


def _asset_store(files: dict[str, bytes] | None = None) -> Any:
    """Return a store of files in a temporary directory, which is made when it is needed."""
    from keras.src.saving import saving_lib

    class AssetStore(saving_lib.DiskIOStore):  # type: ignore[misc]
        def __init__(self) -> None:
            self._directory: Path | None = None

        def _path(self, path: str) -> Path:
            if self._directory is None:
                self._directory = Path(tempfile.mkdtemp(prefix="anypickle-keras-"))
                for name, content in (files or {}).items():
                    target = self._directory / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content)
            return self._directory / path

        def make(self, path: str) -> str:
            directory = self._path(path)
            directory.mkdir(parents=True, exist_ok=True)
            return str(directory)

        def get(self, path: str) -> str | None:
            directory = self._path(path)
            return str(directory) if directory.exists() else None

        def has_path(self, path: str) -> bool:
            return self._path(path).exists()

        def files(self) -> dict[str, bytes]:
            root = self._directory
            if root is None:
                return {}
            found = sorted(path for path in root.rglob("*") if path.is_file())
            return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}

        def close(self) -> None:
            if self._directory is not None:
                shutil.rmtree(self._directory, ignore_errors=True)

    return AssetStore()
