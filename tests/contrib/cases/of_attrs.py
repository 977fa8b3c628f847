"""What crosses of attrs, and what is refused."""


def make_all(tmp):
    import threading

    import attr
    import attrs

    @attrs.define
    class A:
        x: int
        lock: object = attrs.field(factory=threading.Lock)

    @attrs.frozen
    class F:
        y: int = attrs.field(validator=attrs.validators.instance_of(int), converter=int)
        f: object = lambda: 5

    @attr.s(cache_hash=True, hash=True)
    class H:
        z = attr.ib()

    h = H(1)
    hash(h)
    o = (A(1), F("3"), h, A, F)
    return o


def check_all(o):
    import attr

    assert (
        o[0].x == 1
        and o[0].lock.acquire(False)
        and o[1].y == 3
        and o[1].f() == 5
        and hash(o[2]) == hash(type(o[2])(1))
        and attr.fields(o[4]).y.converter is int
        and o[4](y="7").y == 7
    )
    assert type(o[0]) is o[3]
    try:
        o[4](y=1).y = 5
    except attr.exceptions.FrozenInstanceError:
        pass
