"""The codec and the graph walk, in C++ (src/ext/codec, src/ext/graph)."""

from collections.abc import Callable, Iterable, Mapping
from types import CellType, CodeType, FunctionType
from typing import Any, Protocol, type_check_only

from typing_extensions import Buffer

from anypickle.policy import Channel, Policy

DEFAULT_PROTOCOL: int
HIGHEST_PROTOCOL: int

class PickleError(Exception): ...
class PicklingError(PickleError): ...
class UnpicklingError(PickleError): ...

@type_check_only
class _WritableFile(Protocol):
    def write(self, data: Any, /) -> object: ...

@type_check_only
class _PicklerMemoProxy:
    def clear(self) -> None: ...
    def copy(self) -> dict[int, tuple[int, Any]]: ...

class Pickler:
    def __init__(
        self,
        file: _WritableFile,
        protocol: int | None = None,
        fix_imports: bool = True,
        buffer_callback: Callable[[Any], Any] | None = None,
    ) -> None: ...
    bin: int
    fast: int
    dispatch_table: Mapping[type, Callable[[Any], str | tuple[Any, ...]]]
    persistent_id: Callable[[Any], Any]
    @property
    def memo(self) -> _PicklerMemoProxy: ...
    @memo.setter
    def memo(self, value: _PicklerMemoProxy | dict[int, tuple[int, Any]]) -> None: ...
    def dump(self, obj: Any, /) -> None: ...
    def clear_memo(self) -> None: ...

def dumps(
    obj: Any,
    protocol: int | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: Callable[[Any], Any] | None = None,
    channel: Channel | str | None = None,
    policies: Mapping[type | str, Policy | str] | None = None,
) -> bytes: ...
def dump(
    obj: Any,
    file: _WritableFile,
    protocol: int | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: Callable[[Any], Any] | None = None,
    channel: Channel | str | None = None,
    policies: Mapping[type | str, Policy | str] | None = None,
) -> None: ...
def registry_changed() -> None: ...
def current_path() -> str | None: ...
def deepcopy(x: Any, memo: Any = None, _nil: Any = ...) -> Any: ...

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

class _Observer(Protocol):
    def write(self, chunk: Any, /) -> object: ...
    def blocked(self, obj: Any, error: BaseException, /) -> object: ...
    def again(self, obj: Any, /) -> object: ...
    def named(self, obj: Any, /) -> object: ...
    def large(self, obj: Any, size: int, /) -> object: ...
    def secret(self, obj: Any, key: str, /) -> object: ...

def walk(
    obj: Any, observer: _Observer, *, large: int = ..., max_objects: int = ...
) -> tuple[int, bool]: ...
def current_trail() -> list[Any]: ...
def scan(data: Buffer, /) -> dict[str, Any]: ...
def retype(cls: type, metaclass: type, /) -> None: ...
def function_value(function: FunctionType, namespaces: dict[int, Any], /) -> tuple[Any, ...]: ...
def cell_value(cell: CellType, /) -> tuple[Any, ...]: ...
def has_globals(attribute: Any, /) -> bool: ...
def type_version(cls: type, /) -> int: ...

identities: tuple[dict[bytes, Callable[[], Any]], dict[int, list[Any]]]
rebuilders: tuple[
    Callable[..., FunctionType],
    Callable[[FunctionType, dict[str, Any]], None],
    Callable[..., CellType],
    Callable[[CellType, Any], None],
    Callable[[int, bytes], CodeType],
    Callable[..., type],
    Callable[[type, tuple[Any, ...]], None],
]
