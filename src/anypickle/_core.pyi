"""The codec and the graph walk, in C++ (src/ext/codec, src/ext/graph)."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, type_check_only

from typing_extensions import Buffer

@type_check_only
class _ReadableFile(Protocol):
    def read(self, n: int, /) -> bytes: ...
    def readline(self) -> bytes: ...

@type_check_only
class _UnpicklerMemoProxy:
    def clear(self) -> None: ...
    def copy(self) -> dict[int, Any]: ...

class Unpickler:
    def __init__(
        self,
        file: _ReadableFile,
        *,
        fix_imports: bool = True,
        encoding: str = "ASCII",
        errors: str = "strict",
        buffers: Iterable[Any] | None = (),
    ) -> None: ...
    @property
    def memo(self) -> _UnpicklerMemoProxy: ...
    @memo.setter
    def memo(self, value: _UnpicklerMemoProxy | dict[int, Any]) -> None: ...
    persistent_load: Callable[[Any], Any]
    def load(self) -> Any: ...
    def find_class(self, module_name: str, global_name: str, /) -> Any: ...

def load(
    file: _ReadableFile,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    buffers: Iterable[Any] | None = (),
) -> Any: ...
def loads(
    data: Buffer,
    /,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    buffers: Iterable[Any] | None = (),
) -> Any: ...
