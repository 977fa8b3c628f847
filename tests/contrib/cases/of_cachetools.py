"""What crosses of cachetools, and what is refused."""


def make_all(tmp):
    import threading

    import cachetools
    import cachetools.keys

    c = cachetools.TTLCache(10, 100)
    c["a"] = 1
    one = cachetools.LRUCache(3, getsizeof=lambda v: 1)
    one["b"] = 2

    @cachetools.cached(cache=cachetools.LRUCache(10), lock=threading.RLock())
    def f(x):
        return x * 2

    f(3)

    class A:
        def __init__(self):
            self.cache = cachetools.LFUCache(5)
            self.lock = threading.Lock()

        @cachetools.cachedmethod(lambda s: s.cache, lock=lambda s: s.lock)
        def m(self, x):
            return x + 1

    o = (c, one, f, A())
    return o


def check_all(o):
    assert (
        o[0]["a"] == 1
        and o[0].maxsize == 10
        and o[0].ttl == 100
        and o[1]["b"] == 2
        and o[1].currsize == 1
        and o[2](3) == 6
        and o[3].m(1) == 2
        and o[3].m(1) == 2
    )
    o[0]["z"] = 5
    assert o[0]["z"] == 5
