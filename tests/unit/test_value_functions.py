"""Functions by value: what is sent, what is not, and what is shared where they arrive."""

from __future__ import annotations

import importlib
import os
import pickle
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import anypickle
from anypickle import _core, _value
from tests.helpers.programs import FreshLoader, ProgramRunner


def test_the_same_function_gives_the_same_bytes() -> None:
    def outer(x: int) -> Callable[[], int]:
        return lambda: x + sys.maxsize

    assert anypickle.dumps(outer) == anypickle.dumps(outer)


def test_only_globals_that_are_referred_to_are_sent() -> None:
    space: dict[str, Any] = {"used": [1], "unused": sys._getframe(), "__name__": "space"}
    exec("def f(): return used", space)
    made = pickle.loads(anypickle.dumps(space["f"]))
    assert made() == [1]
    assert "unused" not in made.__globals__


def test_functions_that_cross_together_share_a_namespace_of_their_own() -> None:
    space: dict[str, Any] = {"n": 0, "__name__": "space"}
    exec("def bump():\n global n; n += 1\ndef get(): return n", space)
    bump, get = pickle.loads(anypickle.dumps((space["bump"], space["get"])))
    bump()
    assert get() == 1
    assert space["n"] == 0
    assert bump.__globals__ is get.__globals__
    _, other = pickle.loads(anypickle.dumps((space["bump"], space["get"])))
    assert other() == 0


def test_two_dumps_of_one_pickler_share_a_namespace(tmp_path: Any) -> None:
    space: dict[str, Any] = {"n": [0], "__name__": "space"}
    exec("def f(): return n\ndef g(): return n", space)
    with (tmp_path / "both").open("wb+") as file:
        pickler = anypickle.Pickler(file)
        pickler.dump(space["f"])
        pickler.dump(space["g"])
        file.seek(0)
        unpickler = pickle.Unpickler(file)
        f, g = unpickler.load(), unpickler.load()
    assert f() is g()


def test_a_wrapper_of_an_installed_package_uses_that_package(load_elsewhere: FreshLoader) -> None:
    from contextlib import contextmanager

    @contextmanager
    def manage() -> Any:
        yield 1

    said = load_elsewhere(
        anypickle.dumps(manage),
        "import contextlib; print(value.__globals__ is vars(contextlib))",
    )
    assert said == "True\n"


def test_code_of_another_python_is_refused_before_anything_runs() -> None:
    data = anypickle.dumps(lambda: 1)
    here = sys.version_info.major * 100 + sys.version_info.minor
    there = data.replace(here.to_bytes(2, "little"), (309).to_bytes(2, "little"), 1)
    for loads in (pickle.loads, anypickle.loads):
        with pytest.raises(pickle.UnpicklingError) as caught:
            loads(there)
        assert "Python 3.9 " in str(caught.value)
        assert f"Python {sys.version_info.major}.{sys.version_info.minor}," in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: _value.function(),
        lambda: _value.function(here(), "text", {}),
        lambda: _value.function(here(), b"i\x01\x00\x00\x00", {}),
        lambda: _value.function(here(), code_of(lambda: 1), 5),
        lambda: _value.function(here(), code_of(lambda: 1), {}, (types.CellType(),)),
        lambda: _value.function(here(), code_of(closure()), {}, (1, 2)),
        lambda: _value.function(here(), code_of(lambda: 1), ()),
        lambda: _value.function(here(), code_of(lambda: 1), ("x", 5)),
        lambda: _value.function(here(), code_of(lambda: 1), ("x", ("y", 5))),
        lambda: _value.function(here(), code_of(closure()), {}),
        lambda: _value.fill_function(1, {}),
        lambda: _value.fill_function(lambda: 1, {1: 2}),
        lambda: _value.fill_function(lambda: 1, {"globals": 5}),
        lambda: _value.fill_function(lambda: 1, {"__code__": 5}),
        lambda: _value.cell(1, 2),
        lambda: _value.fill_cell(1, 2),
        lambda: _value.new_class(1),
        lambda: _value.new_class(b"", None, None, "x", 5, {}),
        lambda: _value.fill_class(int, ()),
        lambda: _value.fill_class(5, (0, None, {})),
        lambda: _core.retype(int, type),
        lambda: _core.function_value(5, {}),
        lambda: _core.cell_value(5),
        lambda: _core.type_version(5),
    ],
)
def test_nonsense_in_a_stream_is_an_error_and_no_crash(call: Callable[[], Any]) -> None:
    with pytest.raises((TypeError, ValueError, EOFError, AttributeError)):
        call()


def here() -> int:
    """The version in a stream of this Python."""
    return sys.version_info.major * 100 + sys.version_info.minor


def code_of(function: Any) -> bytes:
    """The code of a function as a stream has it."""
    data: bytes = _core.function_value(function, {})[1][1]
    return data


def closure() -> Callable[[], int]:
    content = 1
    return lambda: content


def test_a_function_of_a_missing_module_is_not_looked_up_by_importing() -> None:
    space: dict[str, Any] = {"__name__": "antigravity"}
    exec("def f(): return 5", space)
    assert pickle.loads(anypickle.dumps(space["f"]))() == 5
    assert "antigravity" not in sys.modules


def test_a_registered_module_goes_by_value_and_unregistered_by_name() -> None:
    import colorsys

    assert b"rgb_to_hsv" in anypickle.dumps(colorsys.rgb_to_hsv)
    by_name = anypickle.dumps(colorsys.rgb_to_hsv)
    anypickle.register_by_value(colorsys)
    try:
        by_value = anypickle.dumps(colorsys.rgb_to_hsv)
        assert b"anypickle._value" in by_value
        assert pickle.loads(by_value)(1, 0, 0) == colorsys.rgb_to_hsv(1, 0, 0)
    finally:
        anypickle.registry.unregister_by_value(colorsys)
    assert anypickle.dumps(colorsys.rgb_to_hsv) == by_name


def test_functions_of_main_go_by_name_to_a_process_that_runs_main_again(
    run_script: ProgramRunner,
) -> None:
    done = run_script("""
        import anypickle

        def named(): ...

        if __name__ == "__main__":
            def guarded(): ...

            print(b"_value" in anypickle.dumps(named),
                  b"_value" in anypickle.dumps(named, channel="spawn"),
                  b"_value" in anypickle.dumps(guarded, channel="spawn"))
    """)
    assert done.ok().stdout == "True False True\n"


def test_functions_cross_on_many_threads_at_once() -> None:
    def work(x: int) -> int:
        return x + len(str(pickle))

    wrong: list[Any] = []

    def run() -> None:
        for i in range(200):
            made = pickle.loads(anypickle.dumps((lambda x, i=i: work(x) + i)))
            if made(1) != work(1) + i:
                wrong.append(i)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_names_that_an_import_hook_has_put_into_an_installed_module_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pytest rewrites assertions like this, also those of installed packages."""
    packages = tmp_path / "site-packages"
    packages.mkdir()
    (packages / "probe_hooked.py").write_text(
        "import os\ndef make():\n    def name():\n        return os.name\n    return name\n"
    )
    monkeypatch.syspath_prepend(packages)
    module = importlib.import_module("probe_hooked")
    plain = anypickle.loads(anypickle.dumps(module.make()))
    assert plain.__globals__ is vars(module)
    del sys.modules["probe_hooked"]
    module = importlib.import_module("probe_hooked")
    function = module.make()
    function.__code__ = function.__code__.replace(co_names=("@hook", "name"))
    vars(module)["@hook"] = sys.modules["os"]
    stream = anypickle.dumps(function)
    del vars(module)["@hook"]
    assert anypickle.loads(stream)() == os.name
    del sys.modules["probe_hooked"]
