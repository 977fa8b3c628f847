"""The torch tensor whose memory lies in the arena. Imported only where torch is in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from anypickle.shared.ndarray import SharedArray

__all__ = ["SharedTensor", "share_tensor"]


class SharedTensor(torch.Tensor):  # type: ignore[misc]
    """What `share(tensor)` returns: it crosses as a handle. Views, and what is computed, are plain tensors."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    _array: SharedArray
    _number_type: torch.dtype

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self.data_ptr() != self._array.__array_interface__["data"][0]:  # its data was replaced
            return self.as_subclass(torch.Tensor).__reduce_ex__(protocol)
        return over, (self._array, self._number_type, self.requires_grad)


def share_tensor(tensor: torch.Tensor, share_array: Callable[[Any], SharedArray]) -> SharedTensor:
    """A twin of a tensor, as bits of its width where numpy has no such type."""
    plain = tensor.detach().cpu()
    try:
        array = plain.numpy()
    except TypeError:
        array = plain.view(_BITS[plain.element_size()]).numpy()
    return over(share_array(array), plain.dtype, tensor.requires_grad)


def over(array: SharedArray, number_type: torch.dtype, requires_grad: bool) -> SharedTensor:
    """A tensor over an array; called by pickles."""
    tensor: SharedTensor = torch.from_numpy(array).view(number_type).as_subclass(SharedTensor)
    tensor._array, tensor._number_type = array, number_type
    tensor.requires_grad_(requires_grad)
    return tensor


_BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
