"""The iterators of itertools since Python 3.14, which dropped their pickling: each as a new one over what is left.

    islice(it, 2, 9) that has given two items   ->   islice(it, 0, 5)

What an iterator has read ahead is put in front of the rest. Nothing is read from the rest, and no function of the
user's is called, neither here nor on the other side. The structs are read as `_core.fields` describes it; where one
is laid out otherwise in some later Python, its iterators are refused.
"""

from __future__ import annotations

import gc
import itertools
import math
import sys
from collections.abc import Callable
from typing import Any

from anypickle import _core, _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe

_FARTHEST = 50_000_000
"""So many results of a combinatoric iterator are passed by on the other side, in about a second."""


def _fresh(kind: str, *args: Any, **options: Any) -> Reduced:
    return _rebuild.reduced("iterations:fresh", kind, args, options)


def fresh(kind: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A new iterator of itertools."""
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise TypeError(f"no iterator of itertools: {kind!r}")
    return getattr(itertools, kind)(*args, **options)


def _advance(iterator: Any, count: int) -> Any:
    next(itertools.islice(iterator, count, count), None)
    return iterator


# --- each kind: from its fields (an object is `(object,)`, or `()` where there is none) ---------------------------


def _accumulate(it: Any, total: Any, rest: Any, function: Any, initial: Any) -> Reduced:
    add = function[0] if function else None
    if total:
        return _rebuild.reduced("iterations:accumulate", rest[0], add, total[0])
    return _fresh("accumulate", rest[0], add, initial=initial[0] if initial else None)


def accumulate(rest: Any, function: Any, total: Any) -> Any:
    """Goes on from a total that has been given."""
    iterator = itertools.accumulate(rest, function, initial=total)
    next(iterator)  # the total itself
    return iterator


def _chain(it: Any, source: Any, active: Any) -> Reduced:
    if not source:
        return _fresh("chain")
    return _rebuild.reduced("iterations:chain", source[0], *active)


def chain(source: Any, *active: Any) -> Any:
    """What is left of the iterable that it is in, then those that follow."""
    return itertools.chain.from_iterable(itertools.chain(active, source) if active else source)


def _count(it: Any, small: int, large: Any, step: Any) -> Reduced:
    return _fresh("count", *(large or (small,)), *step)


def _cycle(it: Any, rest: Any, saved: Any, index: int) -> Reduced:
    seen = list(saved[0])
    if rest:
        return _rebuild.reduced("iterations:cycle", seen, rest[0])
    return _fresh("cycle", seen[index:] + seen[:index])


def cycle(seen: list[Any], rest: Any) -> Any:
    """In its first round, with these behind it."""
    return _advance(itertools.cycle(itertools.chain(seen, rest)), len(seen))


def _dropwhile(it: Any, test: Any, rest: Any, started: int) -> Reduced:
    if started:
        return _rebuild.reduced("iterations:dropwhile", rest[0])
    return _fresh("dropwhile", test[0], rest[0])


def dropwhile(rest: Any) -> Any:
    """One that drops nothing any more."""
    return itertools.dropwhile(_nothing, rest)


def _nothing(item: Any) -> bool:
    return False


def _takewhile(it: Any, test: Any, rest: Any, stopped: int) -> Reduced:
    return _fresh("takewhile", test[0], () if stopped else rest[0])


def _of_function(it: Any, function: Any, rest: Any) -> Reduced:
    return _fresh(type(it).__name__, function[0], rest[0])


def _compress(it: Any, data: Any, selectors: Any) -> Reduced:
    return _fresh("compress", data[0], selectors[0])


def _islice(it: Any, rest: Any, following: int, stop: int, step: int, passed: int) -> Reduced:
    if not rest:
        return _fresh("islice", (), 0)
    end = None if stop < 0 else max(stop - passed, 0)
    return _fresh("islice", rest[0], max(following - passed, 0), end, step)


def _repeat(it: Any, item: Any, count: int) -> Reduced:
    return _fresh("repeat", item[0], *(() if count < 0 else (count,)))


def _zip_longest(it: Any, size: int, active: int, rest: Any, result: Any, fill: Any) -> Reduced:
    parts = [() if part is None else part for part in rest[0]]
    return _fresh("zip_longest", *parts, fillvalue=fill[0] if fill else None)


def _groupby(it: Any, rest: Any, key: Any, target: Any, current: Any, value: Any) -> Reduced:
    if not target and not current:
        return _fresh("groupby", rest[0], key[0])
    ahead = [None] * len(target) + list(value)
    return _rebuild.reduced(
        "iterations:groupby", rest[0], key[0], [*target, *current], ahead, len(target)
    )


def groupby(rest: Any, key: Any, keys: list[Any], ahead: list[Any], within: int) -> Any:
    """One that has read values with these keys; within a group, the first of them stands for its items."""
    iterator = itertools.groupby(itertools.chain(ahead, rest), KnownKeys(keys, key))
    return _advance(iterator, within)


class KnownKeys:
    """A key function that knows the keys of the first items."""

    def __init__(self, keys: list[Any], key: Callable[[Any], Any] | None) -> None:
        self._keys = keys[::-1]
        self._key = key

    def __call__(self, value: Any) -> Any:
        if self._keys:
            return self._keys.pop()
        return value if self._key is None else self._key(value)

    def __reduce__(self) -> Reduced:
        return _rebuild.reduced("iterations:KnownKeys", self._keys[::-1], self._key)


# --- combinatoric iterators: new ones, that pass by what was given ------------------------------------------------


def _passing(it: Any, given: int, args: tuple[Any, ...], options: dict[str, Any]) -> Reduced:
    if given > _FARTHEST:
        refuse(
            it,
            f"it has given {given} results",
            hint="pass what it was made of, and where to begin, and make it on the other side",
        )
    return _rebuild.reduced("iterations:passing", type(it).__name__, given, args, options)


def passing(kind: str, given: int, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """One that has given so many results."""
    return _advance(fresh(kind, args, options), given)


def _product(it: Any, pools: Any, indices: Any, result: Any, stopped: int) -> Reduced:
    if stopped:
        return _fresh("product", ())
    if not result:
        return _fresh("product", *pools[0])
    given = 0
    (indices,) = _core.fields(it, _FIELDS["product"][0], len(pools[0]))[1:2]
    for pool, index in zip(pools[0], indices, strict=True):
        given = given * len(pool) + index
    return _passing(it, given + 1, pools[0], {})


def _permutations(
    it: Any, pool: Any, indices: Any, cycles: Any, result: Any, r: int, stopped: int
) -> Reduced:
    if stopped:
        return _fresh("permutations", (), 1)
    if not result:
        return _fresh("permutations", pool[0], r)
    size = len(pool[0])
    cycles = _core.fields(it, _FIELDS["permutations"][0], 0, r)[2]
    given = 0
    for i, left in enumerate(cycles):
        given = given * (size - i) + (size - i - left)
    return _passing(it, given + 1, (pool[0], r), {})


def _combinations(it: Any, pool: Any, indices: Any, result: Any, r: int, stopped: int) -> Reduced:
    kind = type(it).__name__
    if stopped:
        return _fresh(kind, (), 1)
    if not result:
        return _fresh(kind, pool[0], r)
    indices = _core.fields(it, _FIELDS[kind][0], r)[1]
    size = len(pool[0])
    if kind == "combinations_with_replacement":  # the same order as that of different ones
        indices = [index + i for i, index in enumerate(indices)]
        size += r - 1
    after = sum(math.comb(size - 1 - index, r - i) for i, index in enumerate(indices))
    return _passing(it, math.comb(size, r) - after, (pool[0], r), {})


# --- tee: several over one, which reads for them all --------------------------------------------------------------


def _tee(it: Any, block: Any, index: int) -> Reduced:
    ahead: list[Any] = []
    last = block[0]
    while True:
        _, values, following = _block(last)
        if following is None:
            return _rebuild.reduced("iterations:tee", last, index, ahead)
        ahead += values[index:]
        last, index = following, 0


def _block(block: Any) -> tuple[Any, list[Any], Any]:
    """What one link of the chain behind tees holds: the rest, what was read of it, and the next link."""
    rest, *values = [part for part in gc.get_referents(block) if part is not type(block)]
    following = values.pop() if values and type(values[-1]) is type(block) else None
    return rest, values, following


def tee(last: Any, index: int, ahead: list[Any]) -> Any:
    """One over what was read ahead, then over what it shares with the others."""
    shared = _advance(last.__copy__(), index)
    return itertools.tee(itertools.chain(ahead, shared), 1)[0] if ahead else shared


def tee_source(rest: Any, values: list[Any]) -> Any:
    """What tees share: one that is copied, and that has these values to give again."""
    first: Any = itertools.tee(itertools.chain(values, rest), 1)[0]
    _advance(first.__copy__(), len(values))
    return first


_FIELDS: dict[str, tuple[str, Callable[..., Reduced]]] = {
    "accumulate": ("oooop", _accumulate),
    "chain": ("oo", _chain),
    "combinations": ("oaoni", _combinations),
    "combinations_with_replacement": ("oaoni", _combinations),
    "compress": ("oo", _compress),
    "count": ("noo", _count),
    "cycle": ("oon", _cycle),
    "dropwhile": ("ool", _dropwhile),
    "filterfalse": ("oo", _of_function),
    "groupby": ("ooooopp", _groupby),
    "islice": ("onnnn", _islice),
    "permutations": ("oaaoni", _permutations),
    "product": ("oaoi", _product),
    "repeat": ("on", _repeat),
    "starmap": ("oo", _of_function),
    "takewhile": ("ool", _takewhile),
    "zip_longest": ("nnooo", _zip_longest),
    "_tee": ("oipp", _tee),
}
"""What is in each struct, and who makes a reduce value of it."""


def _reduce(it: Any, policy: Policy, crossing: Crossing) -> Reduced:
    description, reduce = _FIELDS[type(it).__name__]
    return reduce(it, *_core.fields(it, description))


def _reduce_tee_source(block: Any, policy: Policy, crossing: Crossing) -> Reduced:
    rest, values, _ = _block(block)
    return _rebuild.reduced("iterations:tee_source", rest, values)


def _refuse_group(group: Any, policy: Policy, crossing: Crossing) -> Reduced:
    refuse(group, "it reads from the groupby that it is of", hint="pass list(group)")


if sys.version_info >= (3, 14):
    _MEANING = "the rest of what it iterates over"
    recipe(*(f"itertools:{kind}" for kind in _FIELDS), policy=Policy.COPY, meaning=_MEANING)(
        _reduce
    )
    recipe("itertools:_tee_dataobject", policy=Policy.COPY, meaning="what tees share")(
        _reduce_tee_source
    )
    recipe(
        "itertools:_grouper",
        policy=Policy.REFUSE,
        meaning="it reads from the groupby that it is of",
    )(_refuse_group)
