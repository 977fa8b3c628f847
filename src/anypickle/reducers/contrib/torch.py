"""torch: streams belong to a device of this process; tensors, modules and generators are torch's own affair."""

from __future__ import annotations

from typing import Any

from anypickle.crossing import Crossing
from anypickle.policy import Policy
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
