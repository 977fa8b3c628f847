"""A reducer is registered once; who chooses last, and nearest, decides; mistakes are told by name."""

from __future__ import annotations

import pickle
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import anypickle
from anypickle import choices, reducers, registry
from anypickle.crossing import crossing, current
from anypickle.policy import Channel, Policy, PolicyWarning
from tests.helpers.crossing import across
from tests.helpers.programs import ProgramRunner


class Client:
    """Something that needs a reducer."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = threading.Lock()


class Plain:
    """Something that needs none."""


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    before = dict(registry.TABLE)
    yield
    for cls in set(registry.TABLE) - set(before):
        if registry.TABLE[cls].origin not in ("anypickle", "stock"):
            registry.unregister(cls)
    choices._overrides.clear()


def reduce_client(client: Client) -> tuple[Any, ...]:
    return Client, (client.address + "!",)


# --- register ---------------------------------------------------------------------------------------------------


def test_register_as_a_decorator_and_take_it_back() -> None:
    assert anypickle.register(Client)(reduce_client) is reduce_client
    assert across([Client("a")])[0].address == "a!"
    registry.unregister(Client)
    assert across(Client("a")).address == "a"


def test_a_type_registered_as_refused_needs_no_reducer() -> None:
    anypickle.register(Client, policy="refuse")
    with pytest.raises(TypeError, match="cannot pickle 'Client' object"):
        anypickle.dumps({"c": Client("a")})


def test_the_reducer_of_another_package_takes_over_with_a_warning() -> None:
    first, second, third = (types.FunctionType(reduce_client.__code__, globals()) for _ in range(3))
    first.__module__, second.__module__, third.__module__ = "one.a", "one.b", "two"
    anypickle.register(Client, first)
    anypickle.register(Client, second)
    with pytest.warns(PolicyWarning, match=r"two registers .* in the place of one\.b's"):
        anypickle.register(Client, third)


@pytest.mark.parametrize("wrong", [None, 5, (Client,), (1,) * 7])
def test_a_reducer_that_returns_nonsense_is_named(wrong: Any) -> None:
    anypickle.register(Client, lambda _client: wrong)
    with pytest.raises(pickle.PicklingError, match=r"<lambda> of .* for Client must return"):
        anypickle.dumps(Client("a"))


def test_a_reducer_that_raises_is_named_with_the_path() -> None:
    def fails(client: Client) -> Any:
        raise LookupError(client.address)

    anypickle.register(Client, fails)
    with pytest.raises(LookupError) as caught:
        anypickle.dumps({"deep": [Client("a")]})
    notes = "\n".join(caught.value.__notes__)
    assert "fails" in notes and "for Client" in notes and "obj['deep'][0]" in notes


def test_what_is_no_type_or_no_function_is_said_at_once() -> None:
    with pytest.raises(TypeError, match="wants a type first"):
        anypickle.register(Client("a"), reduce_client)
    with pytest.raises(TypeError, match="can't be called"):
        anypickle.register(Client, 5)


# --- choices ----------------------------------------------------------------------------------------------------


def test_this_call_goes_before_override_and_a_path_before_a_type() -> None:
    local = threading.local()
    local.a = 1
    anypickle.override(threading.local, "copy")
    assert vars(across(local)) == {"a": 1}
    assert vars(across(local, policies={threading.local: "fresh"})) == {}
    both = {"obj['x']": "fresh", threading.local: "copy"}
    arrived = across({"x": local, "y": [threading.local()]}, policies=both)
    assert vars(arrived["x"]) == {}
    anypickle.override(threading.local, None)
    assert vars(across(local)) == {}


@pytest.mark.parametrize("pattern", ["obj.a[?].lock", "obj.a[0].lock", "*lock", "obj*[*]*"])
def test_path_patterns_know_only_stars_and_question_marks(pattern: str) -> None:
    holder = types.SimpleNamespace(lock=threading.Lock())
    with pytest.raises(TypeError, match="cannot pickle"):
        anypickle.dumps(types.SimpleNamespace(a=[holder]), policies={pattern: "refuse"})
    across(types.SimpleNamespace(other=threading.Lock()), policies={pattern: "refuse"})


def test_any_type_can_be_refused_also_one_that_needs_no_recipe() -> None:
    with pytest.raises(TypeError, match="cannot pickle 'Plain' object"):
        anypickle.dumps([Plain()], policies={Plain: Policy.REFUSE})
    assert type(across([Plain()])[0]) is Plain
    assert anypickle.dumps(Plain(), 4) == pickle.dumps(Plain(), 4)


def test_a_policy_that_a_kind_does_not_offer_is_said_with_those_it_offers() -> None:
    with pytest.raises(ValueError, match="can't cross as 'reopen'; it can as: copy, fresh, refuse"):
        anypickle.dumps(threading.local(), policies={threading.local: "reopen"})


def test_strict_does_nothing_that_was_not_named() -> None:
    lock = threading.Lock()
    with crossing(Channel.BYTES, strict=True):
        with pytest.raises(TypeError, match="strict mode"):
            anypickle.dumps([lock])
        across([lock], policies={type(lock): "fresh"})
        assert across({"plain": [1, Plain]}) == {"plain": [1, Plain]}


def test_crossings_nest_and_end() -> None:
    with crossing("task", arms=True), crossing("hash") as inner:
        assert current() is inner and inner.arms and inner.channel is Channel.HASH
    assert current().channel is Channel.BYTES
    with pytest.raises(ValueError):
        crossing("road").__enter__()


# --- reading ----------------------------------------------------------------------------------------------------


def test_every_file_is_read_for_the_modules_of_its_kinds() -> None:
    """`HOMES` leads to every recipe of the standard library."""
    for kind, recipe in registry.kinds().items():
        home = kind.partition(":")[0].partition(".")[0]
        package, _, file = recipe.reduce.__module__.rpartition(".")
        if package == "anypickle.reducers" and home != "anypickle":
            assert file in reducers.HOMES.get(home, ()), kind


def test_packages_bring_reducers_by_entry_point(run_script: ProgramRunner, tmp_path: Path) -> None:
    site = tmp_path / "site"
    info = site / "thing-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[anypickle.reducers]\nthing = thing._crossing\nbroken = thing.missing\n"
    )
    (site / "thing").mkdir()
    (site / "thing" / "__init__.py").write_text(
        "import threading\n"
        "class Thing:\n"
        "    def __init__(self, n): self.n, self.__reduce = n, 1\n"
        "    def __getstate__(self): raise TypeError('no')\n"
    )
    (site / "thing" / "_crossing.py").write_text(
        "import anypickle, thing\n"
        "@anypickle.register(thing.Thing)\n"
        "def reduce(obj): return thing.Thing, (obj.n,)\n"
    )
    program = """
        import warnings, anypickle, thing, pickle
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            print(pickle.loads(anypickle.dumps(thing.Thing(5))).n)
        print(*[warning.message for warning in caught])
    """
    out = run_script(program, env={"PYTHONPATH": str(site)}).ok().stdout
    assert out.startswith("5\nthe reducers of 'thing.missing' can't be read: ModuleNotFoundError")


def test_modules_that_come_after_install_are_covered(run_script: ProgramRunner) -> None:
    program = """
        import anypickle, pickle
        anypickle.install()
        import sqlite3
        print(type(pickle.loads(pickle.dumps(sqlite3.connect(":memory:")))).__name__)
    """
    assert run_script(program).ok().stdout == "Connection\n"


# --- choices for a time -----------------------------------------------------------------------------------------


def test_a_choice_holds_for_the_time_of_a_with_block() -> None:
    lock = threading.Lock()
    with anypickle.override(type(lock), "refuse"):
        with pytest.raises(TypeError, match="the program chose to refuse it"):
            anypickle.dumps(lock)
        with anypickle.override(type(lock), "fresh"):
            anypickle.dumps(lock)
        with pytest.raises(TypeError, match="the program chose to refuse it"):
            anypickle.dumps(lock)
    anypickle.dumps(lock)


def test_strict_mode_refuses_what_nobody_has_named() -> None:
    lock = threading.Lock()
    with anypickle.strict():
        anypickle.dumps([1, {"a": "b"}])
        with pytest.raises(TypeError, match="strict mode"):
            anypickle.dumps(lock)
        anypickle.dumps(lock, policies={type(lock): "fresh"})
    anypickle.dumps(lock)


@pytest.mark.parametrize("policies", ["refuse", {5: "refuse"}, ["refuse"]])
def test_policies_that_are_none_are_told(policies: Any) -> None:
    with pytest.raises(TypeError, match="policies are a dict"):
        anypickle.dumps([], policies=policies)


def test_a_file_that_goes_to_other_machines_is_warned_of_once(tmp_path: Path) -> None:
    with (
        (tmp_path / "f").open("w") as file,
        crossing("task", reach="cluster"),
        pytest.warns(PolicyWarning) as told,
    ):
        anypickle.dumps({"file": file})
    assert len(told) == 1 and str(told[0].message).startswith("obj['file']: this goes to other")


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        (5, "a string or a tuple"),
        ((5, ()), "something to call"),
        ((list, 5), "a tuple of arguments"),
    ],
)
def test_what_a_reducer_should_have_returned_is_said_with_its_name(value: Any, wrong: str) -> None:
    class Client:
        pass

    def reduce_client(client: Client) -> Any:
        return value

    anypickle.register(Client, reduce_client)
    try:
        with pytest.raises(pickle.PicklingError, match=f"reduce_client .* must return {wrong}"):
            anypickle.dumps([Client()])
    finally:
        registry.unregister(Client)


def test_a_library_that_is_another_than_its_recipes_were_written_for_does_without_them(
    run_script: ProgramRunner,
) -> None:
    """Such as the part of a namespace package: protobuf's `google` is not that of Google Cloud."""
    done = run_script("""
        import sys, types, warnings
        for name in ("google", "pandas", "zarr"):
            sys.modules[name] = types.ModuleType(name)
        Thing = type("Thing", (), {"__module__": "google", "__reduce__": lambda self: "thing"})
        Frame = type("Frame", (), {"__module__": "pandas", "__reduce__": lambda self: "frame"})
        sys.modules["google"].thing, sys.modules["pandas"].frame = Thing(), Frame()
        import anypickle
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            anypickle.dumps([sys.modules["google"].thing, sys.modules["pandas"].frame])
        print([str(w.message).partition(",")[0] for w in told])
    """)
    assert done.ok().stdout == "[\"anypickle's recipes for pandas can't be read\"]\n"


class Endless:
    pass


@pytest.mark.parametrize(
    "reduce", [lambda obj: (Endless, (Endless(),)), lambda obj: anypickle.dumps(obj)]
)
def test_a_reducer_without_end_is_named(reduce: Any) -> None:
    anypickle.register(Endless, reduce)
    try:
        with pytest.raises(RecursionError) as caught:
            anypickle.dumps([Endless()])
        notes = "\n".join(caught.value.__notes__)
        assert "the reducer <lambda> of tests.unit.test_registry for Endless" in notes
        assert "(tests.unit.test_registry.Endless) can't cross" in notes
    finally:
        registry.unregister(Endless)
