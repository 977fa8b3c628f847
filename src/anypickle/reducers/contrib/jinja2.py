"""Jinja2's templates: loaded again by name in the copy of their environment, or compiled again from their source."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.reducers._instances import as_stock, bare
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe


@recipe(
    "jinja2.environment:Template",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the template of that name, loaded again by the copy of its environment",
)
def _reduce_template(template: Any, policy: Policy, crossing: Crossing) -> Reduced:
    environment = template.environment
    if template.name is None or environment.loader is None:
        refuse(
            template,
            "it was made from a string, which it does not keep",
            hint="pass the string and make the template on the other side, or load it by name",
        )
    extra = {**template.globals.maps[0]} if hasattr(template.globals, "maps") else {}
    return _rebuild.reduced("contrib.jinja2:template", environment, template.name, extra)


def template(environment: Any, name: str, extra: dict[str, Any]) -> Any:
    """A template of an environment, by name."""
    return environment.get_template(name, globals=extra)


@recipe(
    "jinja2.environment:Environment",
    policy=Policy.COPY,
    subclasses=True,
    meaning="the same settings and loader; templates that were loaded are loaded again when they are asked for",
)
def _reduce_environment(environment: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if not environment.cache:
        return as_stock(environment)
    from jinja2 import environment as module

    state = {**vars(environment), "cache": module.copy_cache(environment.cache)}
    return _rebuild.reduced("contrib.jinja2:environment", type(environment), state=state)


def environment(cls: type) -> Any:
    """An environment that its state fills."""
    return bare(cls)
