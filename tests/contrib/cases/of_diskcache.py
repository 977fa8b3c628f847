"""What crosses of diskcache, and what is refused."""


def make_all(tmp):
    import diskcache

    c = diskcache.Cache(tmp + "/dc")
    c["a"] = 1
    f = diskcache.FanoutCache(tmp + "/fc", shards=2)
    f["b"] = 2
    d = diskcache.Deque([1, 2], directory=tmp + "/dq")
    i = diskcache.Index(tmp + "/ix", {"k": 5})
    o = (
        c,
        f,
        d,
        i,
        diskcache.Lock(c, "l"),
        diskcache.RLock(c, "r"),
        diskcache.BoundedSemaphore(c, "s", 2),
    )
    return o


def check_all(o):
    c, f, d, i, k2, r, s = o
    assert c["a"] == 1 and f["b"] == 2 and list(d) == [1, 2] and i["k"] == 5
    with k2:
        pass
    with r:
        pass
    with s:
        pass
