"""Clients of web services that one generator made alike (`openai`, `anthropic`): made again from their settings."""

from __future__ import annotations

import importlib
import os
from typing import Any

from anypickle import _rebuild
from anypickle.policy import Policy
from anypickle.reducers._instances import bare
from anypickle.reducers.contrib._secrets import allowed, must_be_allowed
from anypickle.refusal import refuse
from anypickle.registry import Reduced

__all__ = ["client", "fill", "kin", "reduce_client", "reduce_kin"]

_SETTINGS = {
    "organization": "organization",
    "project": "project",
    "max_retries": "max_retries",
    "_custom_headers": "default_headers",
    "_custom_query": "default_query",
}
"""Attributes, and what the constructor calls them."""


def reduce_client(
    obj: Any, policy: Policy, secrets: dict[str, str], needs: tuple[str, ...] = ()
) -> Reduced:
    """Reduces a client.

    Args:
        obj: The client.
        policy: What holds for it.
        secrets: Attributes that hold a secret, and the variables of the environment that they come from.
        needs: Attributes that must be None, because what they hold can't be made again.
    """
    for name in needs:
        if getattr(obj, name, None) is not None:
            refuse(obj, f"its {name.lstrip('_')} can't be made again", hint="make it over there")
    settings = {
        argument: getattr(obj, name) for name, argument in _SETTINGS.items() if name in vars(obj)
    }
    settings["base_url"] = str(obj.base_url)
    settings["timeout"] = obj.timeout
    given = _given(obj, policy, secrets)
    settings.update({name: getattr(obj, name) for name in given})
    if not type(obj._client).__module__.startswith(type(obj).__module__.partition(".")[0]):
        settings["http_client"] = obj._client
    cls = type(obj)
    return _rebuild.reduced(
        "contrib._api_clients:client", cls.__module__, cls.__qualname__, settings, bool(given)
    )


def _given(obj: Any, policy: Policy, secrets: dict[str, str]) -> list[str]:
    """The secrets that are not those of the environment, where they are allowed to cross."""
    given = []
    for name, variable in secrets.items():
        value = getattr(obj, name, None)
        if value is not None and value != os.environ.get(variable):
            must_be_allowed(
                obj,
                policy,
                f"the {name.lstrip('_')} that it was given",
                f"set {variable} on both sides",
            )
            given.append(name)
    return given


def client(module: str, name: str, settings: dict[str, Any], secret: bool = False) -> Any:
    """A client with these settings; a secret that is not among them comes from the environment."""
    made = getattr(importlib.import_module(module), name)(**settings)
    return allowed(made) if secret else made


def reduce_kin(obj: Any, policy: Policy, secrets: dict[str, str]) -> Reduced:
    """Reduces a client of a class of its own: by its attributes, but for secrets that the environment has."""
    given = _given(obj, policy, secrets)
    state = {**vars(obj)}
    found = {
        name: variable
        for name, variable in secrets.items()
        if state.get(name) is not None and name not in given
    }
    for name in found:
        del state[name]
    made = _rebuild.reduced("contrib._api_clients:kin", type(obj), found, bool(given), state=state)
    return (*made, None, None, fill)


def kin(cls: type, found: dict[str, str], secret: bool) -> Any:
    """A client that `fill` completes; the secrets that it finds in the environment it has from there."""
    made = bare(cls)
    vars(made).update({name: os.environ.get(variable) for name, variable in found.items()})
    return allowed(made) if secret else made


def fill(made: Any, state: dict[str, Any]) -> None:
    """Sets the attributes of a client."""
    vars(made).update(state)
