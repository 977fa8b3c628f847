"""torch: streams belong to a device of this process; tensors and modules are torch's own affair.

So are generators, but for one road: to a process that is started or a worker of a pool torch hands tensors over as
descriptors of shared memory, that of the temporary tensor with a generator's state is closed before the process has
it, and the process dies. There a generator brings its state as bytes.
"""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Channel, Policy
from anypickle.reducers._instances import as_stock
from anypickle.registry import Reduced, recipe


@recipe(
    "torch:Stream",
    "torch.cuda.streams:Stream",
    "torch.cuda.streams:ExternalStream",
    policy=Policy.REFUSE,
    subclasses=True,
    meaning="it orders the work of this process on a device: make one on the other side, torch.cuda.Stream()",
)
def _refused(obj: Any, policy: Policy, crossing: Crossing) -> Reduced:
    raise AssertionError("a refusal is answered by the registry")


@recipe("torch._C:Generator", policy=Policy.COPY, meaning="a generator in the same state")
def _reduce_generator(generator: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if crossing.channel not in (Channel.SPAWN, Channel.TASK):
        return as_stock(generator)
    state = bytes(generator.get_state().tolist())
    return _rebuild.reduced("contrib.torch:generator", str(generator.device), state)


def generator(device: str, state: bytes) -> Any:
    """A generator of a device, in this state."""
    import torch

    made = torch.Generator(device)
    made.set_state(torch.tensor(list(state), dtype=torch.uint8))
    return made


@recipe(
    "torch:finfo",
    "torch:iinfo",
    policy=Policy.COPY,
    meaning="the limits of the same type of numbers",
)
def _reduce_limits(limits: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.torch:limits", type(limits).__name__, limits.dtype)


def limits(kind: str, dtype: str) -> Any:
    """The limits of a type of numbers."""
    import torch

    return getattr(torch, kind)(getattr(torch, dtype))
