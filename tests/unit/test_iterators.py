"""Iterators of itertools arrive where they are, and leave the original there, too."""

from __future__ import annotations

import itertools
import operator
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import anypickle

pytestmark = pytest.mark.filterwarnings("ignore:Pickle, copy, and deepcopy:DeprecationWarning")


class Source:
    """An iterator that can be pickled everywhere and tells what was read of it."""

    def __init__(self, *items: Any) -> None:
        self.items = list(items)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if not self.items:
            raise StopIteration
        return self.items.pop(0)


def small(x: Any) -> bool:
    return bool(x < 3)


KINDS: dict[str, Callable[[], Any]] = {
    "accumulate": lambda: itertools.accumulate(Source(1, 2, 3, 4)),
    "accumulate with a function": lambda: itertools.accumulate(Source(1, 2, 3), operator.mul),
    "accumulate from a first": lambda: itertools.accumulate(Source(1, 2, 3), initial=10),
    "chain": lambda: itertools.chain(Source(1, 2), Source(), Source(3, 4)),
    "chain.from_iterable": lambda: itertools.chain.from_iterable([[1, 2], [3, 4]]),
    "combinations": lambda: itertools.combinations("abcde", 3),
    "combinations of too many": lambda: itertools.combinations("ab", 3),
    "combinations_with_replacement": lambda: itertools.combinations_with_replacement("abc", 2),
    "compress": lambda: itertools.compress(Source(1, 2, 3, 4), Source(1, 0, 1, 1)),
    "count": lambda: itertools.islice(itertools.count(5), 4),
    "cycle": lambda: itertools.islice(itertools.cycle(Source(1, 2, 3)), 8),
    "cycle of nothing": lambda: itertools.cycle(Source()),
    "dropwhile": lambda: itertools.dropwhile(small, Source(1, 2, 3, 1, 4)),
    "filterfalse": lambda: itertools.filterfalse(small, Source(1, 4, 2, 5)),
    "islice": lambda: itertools.islice(Source(*range(12)), 2, 11, 3),
    "islice without an end": lambda: itertools.islice(Source(*range(9)), 1, None, 2),
    "pairwise": lambda: itertools.pairwise(Source(1, 2, 3, 4)),
    "permutations": lambda: itertools.permutations("abcd", 2),
    "permutations of all": lambda: itertools.permutations("abc"),
    "product": lambda: itertools.product("ab", "c", "def"),
    "product of nothing": lambda: itertools.product(),
    "product with itself": lambda: itertools.product("ab", repeat=2),
    "repeat": lambda: itertools.repeat("a", 4),
    "starmap": lambda: itertools.starmap(pow, Source((2, 3), (3, 2), (1, 1))),
    "takewhile": lambda: itertools.takewhile(small, Source(1, 2, 5, 1)),
    "zip_longest": lambda: itertools.zip_longest(Source(1), Source(2, 3, 4), fillvalue="-"),
    "zip_longest of nothing": lambda: itertools.zip_longest(),
}
if sys.version_info >= (3, 14):  # before, itertools pickles these itself, not quite right
    KINDS["combinations of none"] = lambda: itertools.combinations("ab", 0)
if sys.version_info >= (3, 12):
    KINDS["batched"] = lambda: itertools.batched(Source(1, 2, 3, 4, 5), 2)
MOST = 7


def sent(thing: Any) -> Any:
    return anypickle.loads(anypickle.dumps(thing))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_arrives_and_stays_here(kind: str) -> None:
    whole = list(KINDS[kind]())
    for taken in range(len(whole) + 2):
        original = KINDS[kind]()
        given = list(itertools.islice(original, taken))
        arrived = sent(original)
        again = sent(arrived)
        assert type(arrived) is type(original)
        assert list(arrived) == list(again) == list(original) == whole[len(given) :], taken


OF_314 = pytest.mark.skipif(sys.version_info < (3, 14), reason="itertools pickles it itself")


@OF_314
@pytest.mark.parametrize("start", [5, sys.maxsize - 1, 2**70, 0.5])
@pytest.mark.parametrize("step", [1, -3, 2**65, 0.25])
def test_a_count_goes_on(start: Any, step: Any) -> None:
    original = itertools.count(start, step)
    for _ in range(3):
        assert repr(sent(original)) == repr(original)
        next(original)


def test_what_repeats_for_ever_does_so_there() -> None:
    assert repr(sent(itertools.repeat("a"))) == "repeat('a')"


@OF_314
@pytest.mark.parametrize("key", [None, small])
@pytest.mark.parametrize("taken", range(5))
@pytest.mark.parametrize("of_the_group", range(4))
def test_groups_go_on(key: Any, taken: int, of_the_group: int) -> None:
    original = itertools.groupby(Source(1, 1, 1, 2, 4, 4, 3, 1), key)
    taken_so_far = list(itertools.islice(original, taken))
    if taken_so_far:
        list(itertools.islice(taken_so_far[-1][1], of_the_group))
    for arrived in (sent(original), sent(sent(original))):
        left = [(key, list(items)) for key, items in arrived]
        assert left == [(key, list(items)) for key, items in sent(original)]
    assert left == [(key, list(items)) for key, items in original]


def test_tees_that_cross_together_read_once() -> None:
    source = Source(*range(200))
    ahead, behind = itertools.tee(source)
    other = ahead.__copy__()
    assert list(itertools.islice(ahead, 130)) == list(range(130))
    assert list(itertools.islice(other, 60)) == list(range(60))
    there = sent([ahead, behind, other, source])
    assert [next(there[0]), next(there[0])] == [130, 131]
    assert len(there[3].items) == 68
    assert list(there[1]) == list(range(200))
    assert (list(there[0]), list(there[2])) == (list(range(132, 200)), list(range(60, 200)))
    assert list(behind) == list(range(200))


@OF_314
class TestOf314:
    def test_a_group_is_refused_with_what_to_do(self) -> None:
        with pytest.raises(TypeError, match="reads from the groupby"):
            anypickle.dumps(next(itertools.groupby([1]))[1])

    def test_the_key_function_is_not_called_for_it(self) -> None:
        calls: list[int] = []
        groups = itertools.groupby([1, 1, 2], lambda x: calls.append(x) or x)
        next(groups)
        function = anypickle.dumps(groups)
        assert calls == [1]
        assert [key for key, _ in anypickle.loads(function)] == [2]
        assert calls == [1]

    def test_no_code_sees_the_tuple_of_an_exhausted_part(self) -> None:
        pairs = itertools.zip_longest("a", "bc")
        next(pairs), next(pairs)
        assert anypickle._core.fields(pairs, "nnooo")[2][0][0] is None

    def test_far_results_of_a_product_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from anypickle.reducers import iterations

        monkeypatch.setattr(iterations, "_FARTHEST", 3)
        product = itertools.product("abc", repeat=2)
        list(itertools.islice(product, 4))
        with pytest.raises(TypeError, match="it has given 4 results"):
            anypickle.dumps(product)

    @pytest.mark.parametrize("description", ["", "o", "ooo", "nn", "oi", "op", "x"])
    def test_a_description_that_does_not_fit_is_noticed(self, description: str) -> None:
        with pytest.raises(TypeError, match="laid out otherwise"):
            anypickle._core.fields(itertools.compress("ab", "cd"), description)


def test_nothing_is_said_where_it_is_not_deprecated() -> None:
    if (3, 12) <= sys.version_info < (3, 14):
        pytest.skip("itertools itself warns there")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sent(itertools.count())
