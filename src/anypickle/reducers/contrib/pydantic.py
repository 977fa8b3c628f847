"""pydantic: what a model or function keeps of the place where it was written is not needed once its schema is made."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.registry import Reduced, recipe


@recipe(
    "pydantic._internal._namespace_utils:NsResolver",
    policy=Policy.FRESH,
    meaning="one that knows no names yet: they were needed to make the schema, which goes along",
)
def _reduce_names(names: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.pydantic:names")


def names() -> Any:
    """A resolver of names that knows none."""
    from pydantic._internal._namespace_utils import NsResolver

    return NsResolver()


@recipe(
    "pydantic._internal._config:ConfigWrapper",
    policy=Policy.COPY,
    meaning="the same configuration",
)
def _reduce_config(config: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.pydantic:config", type(config), config.config_dict)


def config(cls: type, settings: Any) -> Any:
    """A configuration: asked for any attribute before it has its settings, it would ask itself without end."""
    made = bare(cls)
    made.config_dict = settings
    return made
