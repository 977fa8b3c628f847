# ruff: noqa: E501 - rows of tables
"""What docs/objects.md says of each kind: made from the registry, with an example of each that the tests try.

    python -m benchmarks.objects        # writes the first part of the page anew; the table beside it stays

The second part, what arrives with whom, is measured: `python -m benchmarks.zoo`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

from anypickle import registry
from anypickle.policy import Channel, Policy
from anypickle.registry import Recipe
from benchmarks.object_examples import EXAMPLES

PAGE = Path(__file__).parents[1] / "docs" / "objects.md"
BORDER = "\n## What arrives, with whom\n"
_CHANNELS = (Channel.BYTES, Channel.COPY, Channel.SPAWN, Channel.TASK)

_INTRO = """# Objects

What each kind of object is on the other side. What stock pickle can write goes as stock pickle has it, and is not listed.

- **arrives as**: the policy, where nobody has chosen another, for `dumps`, `copy`, what a process is started with and
  what a pool is given (one word: for all four). While anypickle is installed queues that a process or a task is handed are
  `shared`, and so are locks that are themselves arguments of it, and the events of what a process is started with.
  `anypickle.override(type_or_path, policy)`, `dumps(obj, policies=...)` choose another of **or**.
- **holds within**: how far what arrives keeps its meaning. Beyond, there is a warning that says what to do.
- `refuse` is an error with the path to the object and the way out.
- **example**: an expression that the tests make, send and look at.

| policy | what arrives |
|---|---|
| `fresh` | a new, unlocked, empty-handed one |
| `copy` | the same contents in new machinery |
| `shared` | the same thing on both sides |
| `reopen` | opened again at its first use, at the same position, never truncating |
| `reference` | found again by its name |
| `refuse` | nothing: an error |

## Functions and classes

| kind | what arrives | example |
|---|---|---|
| functions, lambdas, closures | by name where the other side can import it; else its code, defaults, cells and the globals that it refers to | `lambda x: x + 1` |
| classes, enumerations, dataclasses, named tuples | by name where the other side can import it; else by value, and one class wherever it arrives twice; none of its code runs | `type("Made", (), {"x": 1})` |
| instances | their state, as stock pickle has it; one whose `__getattr__` asks an attribute of its own, by a setter that asks nothing | `types.SimpleNamespace(x=1)` |
"""


def registry_part() -> str:
    """The first part of the page."""
    text = _INTRO
    for file, recipes in _by_file():
        document = importlib.import_module(f"anypickle.reducers.{file}").__doc__ or ""
        head, _, _ = document.strip().partition("\n\n")
        text += (
            f"\n## {file.strip('_').replace('_', ' ').capitalize()}\n\n{head}\n\n"
            "| kind | arrives as | or | holds within | what arrives | example |\n|---|---|---|---|---|---|\n"
        )
        for kinds, recipe in recipes:
            text += _row(kinds, recipe)
    return text


def groups() -> list[tuple[list[str], Recipe]]:
    """Kinds that one sentence of one file is said of, and one recipe of them."""
    return [group for _, recipes in _by_file() for group in recipes]


def _by_file() -> Iterator[tuple[str, list[tuple[list[str], Recipe]]]]:
    found: dict[str, dict[tuple[str, str], tuple[list[str], Recipe]]] = {}
    for kind, recipe in sorted(registry.kinds().items()):
        home, _, file = recipe.reduce.__module__.rpartition(".")
        # Those of other libraries are read when the library is met, those of a program when it runs.
        if home == "anypickle.reducers" and not kind.startswith("anypickle."):
            key = (recipe.meaning, str(recipe.policy))
            found.setdefault(file, {}).setdefault(key, ([], recipe))[0].append(kind)
    for file in sorted(found):
        yield file, list(found[file].values())


def _row(kinds: list[str], recipe: Recipe) -> str:
    named = ", ".join(f"`{kind.replace(':', '.').removeprefix('builtins.')}`" for kind in kinds)
    policies = [recipe.policy_on(channel) for channel in _CHANNELS]
    as_ = (
        policies[0]
        if len(set(policies)) == 1
        else ", ".join(f"{c}: {p}" for c, p in zip(_CHANNELS, policies, strict=True))
    )
    within = "" if set(policies) <= {Policy.FRESH, Policy.COPY, Policy.REFUSE} else recipe.scope
    offers = ", ".join(sorted(recipe.offers))
    example = next(EXAMPLES[kind] for kind in kinds if kind in EXAMPLES)
    cells = (named, as_, offers, within, recipe.meaning, f"`{example}`")
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |\n"


def main() -> None:
    """Write the first part of the page anew."""
    measured = PAGE.read_text().partition(BORDER)[2] if PAGE.exists() else ""
    PAGE.write_text(registry_part() + BORDER + measured)


if __name__ == "__main__":
    main()
