"""The first dump of something is like those after it, though it has to find out more."""

from __future__ import annotations

from tests.helpers.programs import ProgramRunner

KINDS = """
    import collections, contextvars, dataclasses, datetime, decimal, enum, fractions, functools, ipaddress, itertools
    import json, logging, operator, os.path, pathlib, queue, random, re, threading, types, typing, uuid
    import anypickle

    class Plain:
        def __init__(self): self.a, self.b = 1, [2]

    class Slots:
        __slots__ = ("x", "y")
        def __init__(self): self.x, self.y = 1, self

    @dataclasses.dataclass
    class Data:
        a: int = 1
        b: list = dataclasses.field(default_factory=list)

    @dataclasses.dataclass(frozen=True, slots=True)
    class Frozen:
        a: int = 1

    class Color(enum.Enum):
        RED = 1

    class Reduced:
        def __reduce__(self): return Reduced, (), {"z": [1]}

    class Meta(type):
        pass

    class WithMeta(metaclass=Meta):
        @property
        def p(self): return 1
        @staticmethod
        def s(): return json.dumps(1)

    Pair = collections.namedtuple("Pair", "a b")

    def local():
        class Local(Plain):
            def f(self): return super().__init__()
        return Local

    def counter(n):
        def count():
            nonlocal n
            n += 1
            return os.path.join(str(n))
        return count

    T = typing.TypeVar("T")
    MANY = [type(f"Many{i}", (), {"f": eval(f"lambda self: {i}")}) for i in range(70)]
    WIDE = type("Wide", (), {f"f{i}": eval(f"lambda self: {i}") for i in range(100)})
    KINDS = {
        "many kinds": lambda: [kind() for kind in MANY],
        "a class with many methods": WIDE,
        "functions": lambda: [eval(f"lambda x: x + {i}") for i in range(200)],
        "instances": lambda: [kind() for kind in (Plain, Slots, Data, Frozen, Reduced, WithMeta, local())],
        "classes": lambda: [Plain, Slots, Data, Frozen, Color, Pair, WithMeta],
        "a class": local, "an instance": lambda: local()(), "a closure": lambda: counter(3),
        "enums": lambda: [Color.RED, re.I], "named tuples": lambda: [Pair(1, 2)],
        "modules": lambda: json, "two modules": lambda: [json, os.path],
        "times": lambda: [datetime.date(2020, 1, 1), datetime.timedelta(3), datetime.datetime.now(datetime.UTC)],
        "numbers": lambda: [decimal.Decimal("1.5"), fractions.Fraction(1, 3), 2**100, 1j],
        "library": lambda: [uuid.UUID(int=5), pathlib.Path("a/b"), ipaddress.ip_address("::1"), random.Random(1)],
        "collections": lambda: [collections.OrderedDict(a=1), collections.defaultdict(list), collections.deque("ab")],
        "calls": lambda: [functools.partial(print, 1), operator.itemgetter(1), re.compile("a+"), Plain().__init__],
        "wrapped": lambda: [property(len), staticmethod(len), classmethod(len), functools.lru_cache(len)],
        "iterators": lambda: [iter([1]), enumerate("ab"), zip("ab"), map(str, [1]), {"a": 1}.items()],
        "locks": lambda: [threading.Lock(), threading.RLock(), threading.Condition(), threading.Event()],
        "queues": lambda: [queue.Queue(), queue.SimpleQueue()],
        "loggers": lambda: [logging.getLogger("a"), logging.StreamHandler(), logging.Formatter("%(message)s")],
        "types": lambda: [list[int], int | None, typing.Optional[str], T, types.MappingProxyType({})],
        "variables": lambda: contextvars.ContextVar("v"), "code": lambda: compile("1", "x", "eval"),
        "an exception": lambda: KeyError("k"), "a namespace": lambda: types.SimpleNamespace(a=1),
        "sets": lambda: [{1, 2}, frozenset("ab"), set()], "buffers": lambda: [bytearray(b"a"), memoryview(b"a")],
        "shared": lambda: [MANY, MANY, [MANY[0]()] * 3],
    }
    if __name__ == "__main__":
        for name, make in KINDS.items():
            made = make if isinstance(make, type) else make()
            for protocol in (5, 4, 2):
                streams = {anypickle.dumps(made, protocol) for _ in range(3)}
                if len(streams) > 1:
                    print(f"{name} at protocol {protocol}: streams of {sorted(map(len, streams))} bytes")
    """


def test_the_first_dump_is_like_the_second(run_script: ProgramRunner) -> None:
    assert run_script(KINDS).ok().stdout == ""
