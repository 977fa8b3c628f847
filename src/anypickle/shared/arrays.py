"""Arrays and buffers in shared memory that cross as handles, whatever their size."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any, Literal

from anypickle import _core, _shm
from anypickle.shared import handles

if TYPE_CHECKING:
    import numpy

__all__ = ["Receivers", "SharedBuffer", "share"]

Receivers = Literal["shared", "readonly", "private"]

_MODES: dict[str, int] = {"shared": 0, "readonly": 1, "private": 2}
_SMALLEST = 4096


class SharedBuffer(_shm.Buffer):
    """Items in shared memory, with the buffer protocol; crosses as a handle through any pickler.

    `memoryview` reads and writes them, in the type that they had: of an `array.array("d")` it is "d".
    """

    __slots__ = ("__weakref__",)

    def __reduce__(self) -> tuple[Any, ...]:
        if not self.in_arena:
            view = memoryview(self)
            return _copy_buffer, (type(self), bytes(view), view.format, self.mode)
        return _attach_buffer, (self.mode, *handles.reduce(self)[1])

    def __repr__(self) -> str:
        return (
            f"<anypickle.{type(self).__name__} at {id(self):#x}: {memoryview(self).nbytes} bytes>"
        )


def share(obj: Any, *, receivers: Receivers = "shared") -> Any:
    """A twin of `obj` whose memory lies in the arena: it crosses processes as a handle, and is never copied again.

    Args:
        obj: A numpy array of any dtype but object; a torch tensor; bytes, a bytearray, an `array.array` or any other
            contiguous buffer; or any object that pickles its large buffers out of band (PEP 574), such as a data frame.
        receivers: What the others see. `shared`: the same memory, writable on both sides. `readonly`: the same
            memory, which only the maker may write. `private`: what it holds when they get it, and
            what they write is theirs.

    Returns:
        For an array an array (a subclass, whose slices and views cross as handles as well), for a tensor a tensor (a
        subclass too, but its slices and views are plain), for a buffer a `SharedBuffer`, for anything else a copy with
        its large buffers in the arena; those cross as handles through `anypickle.Queue`, and by value elsewhere. The
        memory is freed when the last process drops it.
    """
    mode = _MODES[receivers]
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(obj, numpy.ndarray):
        return _share_array(obj, mode)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(obj, torch.Tensor):
        from anypickle.shared.tensor import share_tensor

        if receivers == "readonly":
            raise TypeError(
                "torch has no read-only tensors: share its numpy array, or the tensor with receivers='private'"
            )
        return share_tensor(obj, lambda array: _share_array(array, mode))
    try:
        view = memoryview(obj)
    except TypeError:
        return _share_object(obj, mode)
    return SharedBuffer(view, mode)


def _share_array(array: numpy.ndarray[Any, Any], mode: int) -> Any:
    import numpy

    if array.dtype.hasobject:
        raise TypeError(
            f"an array of dtype {array.dtype} holds Python objects, which cannot lie in shared memory"
        )
    order: Literal["C", "F"] = "F" if array.flags.fnc and not array.flags.c_contiguous else "C"
    source = numpy.array(array, order=order, copy=None, subok=False)
    flat: Any = source.reshape(-1, order="A").view(numpy.uint8) if source.size else b""
    buffer = SharedBuffer(flat, mode)
    return _array_type()(array.shape, array.dtype, buffer, 0, source.strides)


def _share_object(obj: Any, mode: int) -> Any:
    buffers: list[pickle.PickleBuffer] = []
    data = _core.dumps(obj, 5, buffer_callback=buffers.append)
    moved: list[Any] = []
    for buffer in buffers:
        raw = buffer.raw()
        moved.append(raw if raw.nbytes < _SMALLEST else memoryview(SharedBuffer(raw, mode)))
    return _core.loads(data, buffers=moved)


def _array_type() -> Any:
    from anypickle.shared.ndarray import SharedArray

    return SharedArray


def _copy_buffer(kind: type[SharedBuffer], data: bytes, form: str, mode: int) -> SharedBuffer:
    """A private view that went on: with what was written there."""
    return kind(memoryview(data).cast(form), mode)  # type: ignore[call-overload]


def _attach_buffer(mode: int, kind: type[SharedBuffer], *handle: Any) -> SharedBuffer:
    """The other end of a `SharedBuffer`'s handle."""
    return handles.attach(kind, *handle, extra=(mode,))
