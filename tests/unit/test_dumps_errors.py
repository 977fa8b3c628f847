"""A failing dump keeps the exception of stock pickle, and says where in the graph it failed."""

import functools
import pickle
import threading
import types

import pytest

import anypickle
from anypickle import _core


class Opaque:
    """Refuses, as a C object without a reducer does."""

    def __reduce_ex__(self, protocol):
        raise TypeError("cannot pickle 'Opaque' object")


class Owner:
    def __init__(self, **attributes):
        vars(self).update(attributes)


class SlotOwner:
    __slots__ = ("inner",)


class StateOwner:
    def __init__(self, inner):
        self._inner = inner

    def __getstate__(self):
        return {"other": self._inner}


class ListOwner(list):
    pass


class DictOwner(dict):
    pass


def slot_owner(inner):
    owner = SlotOwner()
    owner.inner = inner
    return owner


@pytest.mark.parametrize(
    ("wrap", "path"),
    [
        (lambda x: x, "obj"),
        (lambda x: [1, x], "obj[1]"),
        (lambda x: (1, 2, 3, 4, x), "obj[4]"),
        (lambda x: {"a": {"b c": x}}, "obj['a']['b c']"),
        (lambda x: {x: 1}, "list(obj)[0]"),
        (lambda x: {(1, 2): x}, "list(obj.values())[0]"),
        (lambda x: {x}, "list(obj)[0]"),
        (lambda x: frozenset([x]), "list(obj)[0]"),
        (lambda x: Owner(layers=[1, Owner(_lock=x)]), "obj.layers[1]._lock"),
        (slot_owner, "obj.inner"),
        (StateOwner, "obj._inner"),
        (lambda x: ListOwner([1, x]), "obj[1]"),
        (lambda x: DictOwner(a=x), "obj['a']"),
        (lambda x: types.MethodType(len, Owner(part=x)), "obj.__self__.part"),
    ],
)
def test_the_error_has_the_path_to_its_object(wrap, path):
    culprit = Opaque()
    with pytest.raises(TypeError, match="cannot pickle 'Opaque' object") as caught:
        _core.dumps(wrap(culprit), 4)
    assert caught.value.path == path
    assert caught.value.object is culprit


def test_the_path_is_known_to_a_reducer_while_it_runs():
    seen = []

    class Witness:
        def __reduce__(self):
            seen.append(_core.current_path())
            return int, ()

    _core.dumps([1, {"a": Owner(b=Witness())}])
    assert seen == ["obj[1]['a'].b"]
    assert _core.current_path() is None


def test_paths_are_kept_apart_between_threads_and_nested_dumps():
    seen = []

    class Inner:
        def __reduce__(self):
            seen.append(_core.current_path())
            return int, ()

    class Outer:
        def __reduce__(self):
            _core.dumps([Inner()])
            thread = threading.Thread(target=lambda: seen.append(_core.current_path()))
            thread.start()
            thread.join()
            seen.append(_core.current_path())
            return int, ()

    _core.dumps({"k": Outer()})
    assert seen == ["obj[0]", None, "obj['k']"]


@pytest.mark.parametrize(
    "value", [lambda: 0, threading.Thread.__init__.__code__], ids=["lambda", "code"]
)
def test_the_exception_is_of_the_type_that_stock_raises(value):
    with pytest.raises(Exception) as stock:
        pickle.dumps(value)
    try:
        _core.dumps(value)
    except Exception as ours:
        assert type(ours) is type(stock.value)


class NeedsItself:
    """Its reduce value holds it, in one way or another."""

    def __init__(self, wrap):
        self.wrap = wrap

    def __reduce__(self):
        return NeedsItself, (self.wrap(self),)


def _recursive_partial():
    made = functools.partial(print)
    made.__setstate__((made, (), {}, {}))
    return made


def _two_that_need_each_other():
    first, second = NeedsItself(lambda _: second), NeedsItself(lambda _: first)
    return first


@pytest.mark.parametrize(
    "make",
    [
        lambda: NeedsItself(lambda me: me),
        lambda: NeedsItself(lambda me: [{"k": (me,)}]),
        lambda: NeedsItself(lambda me: frozenset([me])),
        _two_that_need_each_other,
        _recursive_partial,
    ],
    ids=["argument", "nested", "frozenset", "two", "partial"],
)
@pytest.mark.parametrize("protocol", range(6))
def test_what_needs_itself_before_it_is_made_is_an_error(make, protocol):
    value = make()
    with pytest.raises(RecursionError):
        pickle.dumps(value, protocol)
    with pytest.raises(RecursionError):
        _core.dumps(value, protocol)
    assert not anypickle.explain(value).ok


def test_a_reducer_that_knows_it_was_asked_before_may_nest():
    class Careful:
        asked = 0

        def __reduce__(self):
            self.asked += 1
            return (list, ([self],)) if self.asked == 1 else (int, ())

    assert pickle.loads(_core.dumps(Careful())) == pickle.loads(pickle.dumps(Careful())) == 0


class AsksItself:
    def __getattribute__(self, name):
        return getattr(self, name)


def test_endless_code_of_an_object_is_an_error_for_who_expects_pickles_or_cloudpickles():
    with pytest.raises(pickle.PicklingError, match="deep recursion") as caught:
        anypickle.dumps([AsksItself()])
    assert isinstance(caught.value, RecursionError)
    assert caught.value.path == "obj[0]"
