"""A function or class that goes by value has the same bytes in the process that made it and where it was sent to."""

from __future__ import annotations

from tests.helpers.programs import ProgramRunner

_ELSEWHERE = '''
    import difflib, gc, io, pickle, pickletools, subprocess, sys
    import anypickle

    READ = """if True:
        import dataclasses, decimal, enum, os, pathlib, pickle, sys, typing, uuid, anypickle
        warm = enum.Enum("Warm", "A"), dataclasses.make_dataclass("Warm", ["x"]), lambda: 1, print, dataclasses.MISSING
        for protocol in 5, 3:
            anypickle.loads(anypickle.dumps(warm, protocol))
        loads = pickle.loads if sys.argv[1] == "stock" else anypickle.loads
        for protocol, data in iter(lambda: pickle.load(sys.stdin.buffer), None):
            if os.fork() == 0:  # a class that comes to one process again gets some of its functions anew
                sys.stdout.buffer.write(pickle.dumps(anypickle.dumps(loads(data), protocol)))
                sys.stdout.buffer.flush()
                os._exit(0)
            os.wait()
    """

    def parts(kind):
        found, todo = {}, [kind]
        while todo and len(found) < 3000:
            one = todo.pop()
            if id(one) not in found:
                found[id(one)] = one
                todo += gc.get_referents(one)
        return found

    def compare(kinds):
        for name, kind in kinds.items():
            alone = anypickle.dumps(kind)
            held = parts(kind)
            if anypickle.dumps(kind) != alone:
                print(name, "is written otherwise while its parts are held")
        for protocol, reader in ((5, "ours"), (5, "stock"), (3, "ours")):
            here = [anypickle.dumps(kind, protocol) for kind in kinds.values()]
            given = b"".join(pickle.dumps(each) for each in [*((protocol, data) for data in here), None])
            done = subprocess.run([sys.executable, "-c", READ, reader], input=given, stdout=subprocess.PIPE, check=True)
            there = io.BytesIO(done.stdout)
            for name, data in zip(kinds, here):
                if (copy := pickle.load(there)) != data:
                    print(name, protocol, reader)
                    print(*difflib.unified_diff(shown(data), shown(copy), lineterm="", n=2), sep="\\n")

    def shown(data):
        return [f"{opcode.name} {argument!r:.60}" for opcode, argument, _ in pickletools.genops(data)]
'''

_KINDS = """
    import abc, collections, dataclasses, datetime, decimal, enum, functools, os.path, pathlib, types, typing, uuid

    scale, unit, names = 3, "scale", ["scale", "scale"]

    def helper(x):
        return x * scale

    def uses_globals(x, unit="unit", *, scale="scale"):
        return helper(x) + scale, unit, names, os.path.join(unit)

    def local(how):
        "Makes kinds whose names, constants and cells this process shares in ways that another does not."
        count, held = 0, [1, "held", ("held",)]

        class Plain:
            held = "held"
            pair = pair_too = ("held", "not a name", 2.5, b"bytes")
            texts = {"held": "not a name", "name": "held"}
            def name(self): return held
            def other(self, held="held"): return count
            def both(self): return held, count
        Plain.name.held = "held"
        Plain.other.texts = Plain.texts

        class Base:
            def f(self): return super().__repr__()
            def g(self): return super().__str__(), self.f()

        class Derived(Base):
            __slots__ = ("x", "held")
            "no docstring"
            def f(self): return super().f(), __class__
            @staticmethod
            def s(): return count
            @classmethod
            def c(cls): return cls
            @property
            def p(self):
                "A property."
                return self
            class Inner:
                x = "Inner"
        Derived.again, Derived.one = Derived, [Plain()]
        Derived.one[0].held = Derived.one

        @dataclasses.dataclass
        class Data:
            x: int
            held: "held" = "held"
            many: list = dataclasses.field(default_factory=list, metadata={"held": 1})

        @dataclasses.dataclass(frozen=True, slots=True, order=True)
        class Frozen:
            x: int = 1
            y: typing.ClassVar[int] = 3

        class Color(enum.Enum):
            RED, GREEN = "RED", "green"
            CRIMSON = RED
            def hue(self): return Color.RED, self.name

        class Rights(enum.IntFlag):
            R, W = 4, 2
            RW = R | W

        class Meta(type):
            def __call__(cls): return super().__call__()

        class WithMeta(metaclass=Meta):
            held = "held"

        class Abstract(abc.ABC):
            @abc.abstractmethod
            def f(self): "held"
        for kind in (str, int, dict):
            Abstract.register(kind)

        class Failure(Exception):
            held = "held"

        class Mapping(typing.Generic[T], dict):
            x: T

        Pair = collections.namedtuple("Pair", "held x", defaults=["held"])

        class Typed(typing.NamedTuple):
            held: str = "held"

        class Keys(typing.TypedDict):
            held: str

        def counter():
            nonlocal count
            count += 1
            return count

        def reader(): return count
        def recursive(n): return n and recursive(n - 1)
        def even(n): return n == 0 or odd(n - 1)
        def odd(n): return n != 0 and even(n - 1)
        def first(n): return n <= 0 or second(n - 1), held
        def second(n): return third(n - 1), first
        def third(n): return first(n - 1), second(n - 1), third, count
        @functools.lru_cache(3)
        def cached(x: int, *, held: "str" = "held") -> int:
            "held"
            return x
        @functools.wraps(uses_globals)
        def wrapper(*args): return uses_globals(*args)
        def twins(x=[lambda: held for _ in range(2)]): return x
        def same(x=[eval("lambda held: held") for _ in range(3)]): return x
        inner = lambda: (lambda: (count, held))
        def keeps(x=Plain, y=Derived.one, *, held=(Plain, "held")): return x
        kinds = dict(locals())
        del kinds["count"], kinds["held"], kinds["kind"], kinds["how"]
        kinds["class of all"] = type("All", (), {**kinds, "counters": (counter, reader)})
        kinds["instances"] = type("Holder", (), {
            "held": [Data(1), Data("held"), Frozen(), Derived(), Pair(1), Typed(), Color.RED],
            "values": [pathlib.Path("held/a"), decimal.Decimal(1), datetime.timedelta(1), uuid.UUID(int=1), 1j, 2**99,
                       range(3), slice(1), types.SimpleNamespace(held="held"), collections.OrderedDict(held="held")]})
        if how == "looked at":
            for made in kinds["instances"].held:
                getattr(made, "__dict__", None)
        return kinds

    T = typing.TypeVar("T")

    class Main:
        held = "held"
        def f(self): return helper(self)

    @dataclasses.dataclass
    class Data:
        x: int
        held: str = "held"

    class Color(enum.Enum):
        RED = 1

    class Part(Main):
        def f(self): return super().f(), Color.RED

    if __name__ == "__main__":
        compare({k: v for k, v in globals().items() if getattr(v, "__module__", None) == "__main__" and k[0] != "_"})
        compare(local("fresh"))
        compare(local("looked at"))
"""


def test_a_copy_elsewhere_is_written_as_the_original_is(run_script: ProgramRunner) -> None:
    assert run_script(_ELSEWHERE + _KINDS).ok().stdout == ""
