"""scikit-learn's "Cannot clone object ..." in full: which parameter, which line of a constructor changed it, and how.

`clone` gives a new estimator copies of the parameters and then looks whether it has kept these very objects. Its error
names the parameter only. A parameter that can't be copied at all is an error of `copy`, which knows nothing of
estimators. Both learn here what their reader has to know; nothing else is changed.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
from typing import Any

from anypickle.channels._patches import Patches

__all__ = ["apply", "explain_constructor", "revert"]

_patches = Patches()
_PARAMETER = re.compile(
    r"sets? or modifies parameter (\w+)|does not set or modifies parameter (\w+)"
)


def apply() -> None:
    """Wraps the function that `clone` and `BaseEstimator.__sklearn_clone__` call."""
    from sklearn import base

    name = "_clone_parametrized" if hasattr(base, "_clone_parametrized") else "clone"
    stock = getattr(base, name)

    @functools.wraps(stock)
    def clone_and_tell(estimator: Any, **options: Any) -> Any:
        try:
            return stock(estimator, **options)
        except Exception as error:
            _tell(error, estimator)
            raise

    _patches.attribute(base, name, clone_and_tell)


def revert() -> None:
    """Gives scikit-learn its own function back."""
    _patches.revert()


def _tell(error: Exception, estimator: Any) -> None:
    """Adds what is known of the failure."""
    trail = vars(error).get("_anypickle_trail")
    if trail:
        _name_parameter(error, estimator, trail)
    elif isinstance(error, RuntimeError) and not getattr(error, "_anypickle_told", False):
        found = _PARAMETER.search(str(error))
        if found is not None:
            error._anypickle_told = True  # type: ignore[attr-defined]
            error.add_note(explain_constructor(estimator, found[1] or found[2]))


def _name_parameter(error: Exception, estimator: Any, trail: list[Any]) -> None:
    """The path of what could not be copied begins at the estimator."""
    from anypickle.explain.notes import copied

    if type(estimator) in (list, tuple, set, frozenset, dict):
        copied(error, [estimator, trail[0]])
    elif hasattr(estimator, "get_params") and not isinstance(estimator, type):
        parameters = estimator.get_params(deep=False)
        if any(value is trail[0] for value in parameters.values()):
            copied(error, [estimator, trail[0]])


def explain_constructor(estimator: Any, parameter: str) -> str:
    """What a constructor did with one of its parameters, and what it should do."""
    cls = type(estimator)
    kept = getattr(estimator, parameter, None)
    change = _change(cls, parameter, kept)
    where = _assignment(cls, parameter)
    if where is None:
        told = f"no line of {cls.__qualname__}'s constructors assigns self.{parameter}"
    else:
        owner, file, line, text = where
        told = f"{file}:{line}, in {owner}.__init__: {text}"
    return (
        f"anypickle: {cls.__qualname__}.{parameter} is not what the constructor was given{change}.\n"
        f"  {told}\n"
        f"  fix: self.{parameter} = {parameter}, as it is; what it is turned into belongs into fit(), "
        f"under another name (self.{parameter}_)"
    )


def _change(cls: type, parameter: str, kept: Any) -> str:
    """How it differs, by giving the constructor the value that the estimator has now. No value is shown."""
    try:
        signature = inspect.signature(cls)
        default = signature.parameters[parameter].default
    except (KeyError, TypeError, ValueError):
        return ""
    before = "" if default is inspect.Parameter.empty else type(default).__qualname__
    after = type(kept).__qualname__
    if before and before not in (after, "NoneType"):
        return f": its default is a {before}, and it holds a {after}"
    return f": it holds another {after} than it was given"


def _assignment(cls: type, parameter: str) -> tuple[str, str, int, str] | None:
    """The line in the constructors that sets the parameter as something else than it is; else the one that sets it."""
    plain = None
    for base in cls.__mro__:
        constructor = vars(base).get("__init__")
        if constructor is None or not inspect.isfunction(constructor):
            continue
        try:
            lines, first = inspect.getsourcelines(constructor)
            tree = ast.parse(textwrap.dedent("".join(lines)))
        except (OSError, TypeError, SyntaxError):
            continue
        for node in ast.walk(tree):
            value = _assigned(node, parameter)
            if value is None:
                continue
            number = node.lineno  # type: ignore[attr-defined]
            place = (
                base.__qualname__,
                inspect.getsourcefile(constructor) or "?",
                first + number - 1,
                lines[number - 1].strip(),
            )
            if not (isinstance(value, ast.Name) and value.id == parameter):
                return place
            plain = plain or place
    return plain


def _assigned(node: ast.AST, parameter: str) -> ast.expr | None:
    """What a statement assigns to `self.<parameter>`, if it does."""
    if isinstance(node, ast.Assign):
        targets: list[ast.expr] = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    else:
        return None
    for target in targets:
        if (
            isinstance(target, ast.Attribute)
            and target.attr == parameter
            and isinstance(target.value, ast.Name)
            and target.value.id == "self"
        ):
            return node.value
    return None
