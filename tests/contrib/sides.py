"""Both sides of a crossing: `make_x(tmp)` makes what crosses, `check_x(arrived)` looks at it in a fresh process.

`refuse_x(tmp)` makes one that is refused, and gives a part of the message. This module is also the program that both
sides run, once for each library:

    python -m tests.contrib.sides dump pandas FOLDER     writes FOLDER/cases.pkl, says how it went as JSON
    python -m tests.contrib.sides load pandas FOLDER     checks each, also after it was passed on without being used
"""

from __future__ import annotations

import copy
import importlib
import json
import os
import pickle
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import anypickle
from tests.contrib.case import Case


def functions(module: ModuleType, prefix: str) -> dict[str, Callable[[Any], Any]]:
    """The functions of a module whose names begin so, by the rest of their names."""
    names = [name for name in vars(module) if name.startswith(prefix)]
    return {name.removeprefix(prefix): getattr(module, name) for name in names}


def dumped(make: Callable[[str], Any]) -> bytes:
    """The bytes of what a function makes."""
    made = make(str(Path.cwd()))
    case = made if isinstance(made, Case) else Case(made)
    data = anypickle.dumps(case.obj, policies=case.policies)
    if case.secret:
        assert case.secret.encode() not in data, "the secret is in the bytes"
    no_worse_when_installed(case)
    if case.after is not None:
        case.after()
    return data


def no_worse_when_installed(case: Case) -> None:
    """What stock pickle and deepcopy carry they carry with anypickle installed, too, but for secrets in pickles."""
    for way in (deep, there_and_back) if case.policies is None else (deep,):
        try:
            way(case.obj)
        except Exception:
            continue
        with anypickle.installed():
            way(case.obj)


def deep(obj: Any) -> Any:
    return copy.deepcopy(obj)


def there_and_back(obj: Any) -> Any:
    return pickle.loads(pickle.dumps(obj))


def refused(make: Callable[[str], Any]) -> None:
    """Fails unless what a function makes is refused in its words, with a fix; a secret, in a copy as well."""
    obj, words = make(str(Path.cwd()))
    must_be_refused(obj, words)
    if words == "secrets cross only":
        with anypickle.installed():
            must_be_refused(copy.deepcopy(obj), words)


def must_be_refused(obj: Any, words: str) -> None:
    try:
        anypickle.dumps(obj)
    except Exception as error:
        assert words in str(error), f"{words!r} is not in {error}"
        assert "fix: " in error.__notes__[0], "it says no fix"
    else:
        raise AssertionError("it was not refused")


def dump(module: ModuleType) -> dict[str, str]:
    """Makes and dumps everything; says what went wrong."""
    wrong, data = {}, {}
    for name, make in functions(module, "make_").items():
        try:
            data[name] = dumped(make)
        except BaseException:
            wrong[f"make_{name}"] = traceback.format_exc()
    for name, make in functions(module, "refuse_").items():
        try:
            refused(make)
        except BaseException:
            wrong[f"refuse_{name}"] = traceback.format_exc()
    Path("cases.pkl").write_bytes(pickle.dumps(data))
    return wrong


def load(module: ModuleType) -> dict[str, str]:
    """Loads and checks everything; says what went wrong."""
    wrong = {}
    checks = functions(module, "check_")
    for name, data in pickle.loads(Path("cases.pkl").read_bytes()).items():
        try:
            checks[name](pickle.loads(data))
            checks[name](pickle.loads(anypickle.dumps(pickle.loads(data))))
        except BaseException:
            wrong[f"make_{name}"] = traceback.format_exc()
    return wrong


if __name__ == "__main__":
    _, verb, library, folder = sys.argv
    cases = importlib.import_module(f"tests.contrib.cases.of_{library}")
    os.chdir(folder)
    if verb == "load":  # with the environment that the cases have made for themselves
        os.environ.update(json.loads(Path("environment.json").read_text()))
    went_wrong = {"dump": dump, "load": load}[verb](cases)
    if verb == "dump":
        Path("environment.json").write_text(json.dumps(dict(os.environ)))
    sys.stdout.flush()
    Path(f"{verb}.json").write_text(json.dumps(went_wrong))
