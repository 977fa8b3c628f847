"""What crosses of pydantic, and what is refused."""


def make_main(tmp):
    import threading
    import typing

    import pydantic

    class Inner(pydantic.BaseModel):
        n: int = 3

    class M(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
        a: int
        inner: Inner = Inner()
        one: typing.Any = None
        _lock: typing.Any = pydantic.PrivateAttr(default_factory=threading.Lock)

        @pydantic.field_validator("a")
        @classmethod
        def pos(cls, v):
            if v < 0:
                raise ValueError("neg")
            return v

        @pydantic.computed_field
        @property
        def twice(self) -> int:
            return self.a * 2

    m = M(a=5, one=threading.RLock())
    o = (m, M, pydantic.TypeAdapter(list[int]), Inner)
    return o


def check_main(o):
    import pydantic

    m, M, ta, Inner = o
    assert (
        m.a == 5
        and m.inner.n == 3
        and m._lock.acquire(False)
        and m.one.acquire(False)
        and m.twice == 10
        and type(m) is M
    )
    assert (
        M(a=7).a == 7 and M.model_validate({"a": "8"}).a == 8 and ta.validate_python(["1"]) == [1]
    )
    try:
        M(a=-1)
    except pydantic.ValidationError as e:
        assert "neg" in str(e)
    assert M.model_json_schema()["properties"]["a"]["type"] == "integer"
    assert isinstance(m.inner, Inner)


def make_more(tmp):
    import typing

    import pydantic
    from pydantic import BaseModel, Field, RootModel, create_model
    from pydantic import dataclasses as pdc

    T = typing.TypeVar("T")

    class G(BaseModel, typing.Generic[T]):
        v: T

    class Tree(BaseModel):
        kids: list["Tree"] = []

    @pdc.dataclass
    class D:
        x: int = 1

    Dyn = create_model("Dyn", q=(int, 5))

    @pydantic.validate_call
    def f(a: int):
        return a + 1

    try:
        Tree(kids=5)
    except pydantic.ValidationError as e:
        err = e
    o = (
        G[int](v="3"),
        Tree(kids=[Tree()]),
        D("4"),
        Dyn(),
        f,
        err,
        Tree(kids=[]).model_copy(),
        RootModel[list[int]]([1]),
    )
    return o


def check_more(o):
    import pydantic

    g, t, d, dyn, f, err, c, r = o
    assert (
        g.v == 3
        and type(t.kids[0]) is type(t)
        and d.x == 4
        and dyn.q == 5
        and f("4") == 5
        and isinstance(err, pydantic.ValidationError)
        and err.error_count() == 1
        and r.root == [1]
    )
    try:
        type(g)(v="x")
    except pydantic.ValidationError:
        pass
    else:
        raise SystemError
