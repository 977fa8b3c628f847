"""The state of a metric or an optimizer that crosses without a model.

Keras saves neither: a metric comes back at zero, and an optimizer without its momenta, since its slots belong to
variables that it has not met yet. A metric's counters are simply set again. An optimizer keeps its arrays until it
is built for the variables of a model, as it is in the first step of a training, and then puts them into its slots.
"""

from __future__ import annotations

from typing import Any

__all__ = ["WhenBuilt", "has_state", "load", "save"]

#: Where the counters are, among the paths of arrays.
VARIABLES = "__variables__"


class WhenBuilt:
    """Stands before an optimizer's ``build`` until it is called; then the optimizer has its state again."""

    def __init__(self, optimizer: Any, store: dict[str, Any]) -> None:
        self.optimizer = optimizer
        self.store = store

    def __call__(self, variables: Any) -> None:
        del vars(self.optimizer)["build"]
        self.optimizer.build(variables)
        self.optimizer.load_own_variables(self.store)


def has_state(obj: Any) -> bool:
    """Tell whether there is a state that Keras' own form would lose."""
    import keras

    if isinstance(obj, keras.metrics.Metric):
        return bool(obj.variables)
    return isinstance(obj, keras.optimizers.Optimizer) and (
        bool(obj.built) or isinstance(vars(obj).get("build"), WhenBuilt)
    )


def save(obj: Any, arrays: dict[str, dict[str, Any]]) -> None:
    """Add to the arrays of an object what Keras has left out."""
    import keras

    waiting = vars(obj).get("build")
    if isinstance(waiting, WhenBuilt):
        arrays[""] = waiting.store
    elif isinstance(obj, keras.metrics.Metric):
        values = (keras.ops.convert_to_numpy(variable) for variable in obj.variables)
        arrays[VARIABLES] = {str(i): value for i, value in enumerate(values)}


def load(obj: Any, arrays: dict[str, dict[str, Any]]) -> bool:
    """Give a metric or an optimizer its state, now or when it is built; False for all other objects."""
    import keras

    if isinstance(obj, keras.metrics.Metric):
        values = arrays.get(VARIABLES, {})
        if len(values) != len(obj.variables):
            raise ValueError(f"the state of {obj.name!r} does not fit what was built")
        for variable, value in zip(obj.variables, values.values(), strict=True):
            variable.assign(value)
        return True
    if isinstance(obj, keras.optimizers.Optimizer):
        if arrays.get("") and not obj.built:
            vars(obj)["build"] = WhenBuilt(obj, arrays[""])
        return True
    return False
