"""The numpy array whose memory lies in the arena. Imported only where numpy is in use."""

from __future__ import annotations

from typing import Any

import numpy

from anypickle import _shm

__all__ = ["SharedArray"]

_DTYPES: dict[str, numpy.dtype[Any]] = {}


class SharedArray(numpy.ndarray[Any, Any]):
    """What `share(array)` returns. Its slices and views cross as handles; what is computed from it, by value."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        buffer = _buffer_of(self)
        if buffer is None or not buffer.in_arena:
            return numpy.asarray(self).__reduce_ex__(protocol)
        offset = self.__array_interface__["data"][0] - buffer.address
        dtype = self.dtype
        name: Any = dtype.char if dtype.isbuiltin == 1 and dtype.isnative else dtype
        return rebuild, (buffer, offset, self.shape, self.strides, name)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Results of ufuncs are plain: their memory does not lie in the arena."""
        if array is self:
            return array
        return array[()] if return_scalar else numpy.asarray(array)


def rebuild(buffer: Any, offset: int, shape: Any, strides: Any, dtype: Any) -> SharedArray:
    """An array over part of a buffer; called by pickles."""
    if type(dtype) is str:
        known = _DTYPES.get(dtype)
        if known is None:
            known = _DTYPES[dtype] = numpy.dtype(dtype)
        dtype = known
    return SharedArray(shape, dtype, buffer, offset, strides)


def _buffer_of(array: Any) -> Any:
    """The `SharedBuffer` at the end of the chain of bases, or None."""
    while array is not None:
        array = array.obj if type(array) is memoryview else getattr(array, "base", None)
        if isinstance(array, _shm.Buffer):
            return array
    return None


_shm.set_array_type(SharedArray, rebuild)
