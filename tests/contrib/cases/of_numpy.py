"""What crosses of numpy, and what is refused."""


def make_memmap_r(tmp):
    import numpy as np

    m = np.memmap(tmp + "/m1.bin", dtype="i4", mode="w+", shape=(10,))
    m[:] = range(10)
    m.flush()
    o = np.memmap(tmp + "/m1.bin", dtype="i4", mode="r", offset=8, shape=(2, 3))
    return o


def check_memmap_r(o):
    import os

    import numpy as np

    assert isinstance(o, np.memmap), type(o)
    assert o.mode == "r" and o.offset == 8 and o.shape == (2, 3), (o.mode, o.offset, o.shape)
    assert o.tolist() == [[2, 3, 4], [5, 6, 7]] and os.path.basename(o.filename) == "m1.bin"
    import os


def make_memmap_r_shares(tmp):
    import numpy as np

    m = np.memmap(tmp + "/m2.bin", dtype="f8", mode="w+", shape=(3, 4), order="F")
    m[:] = np.arange(12).reshape(3, 4)
    o = m
    return o


def check_memmap_r_shares(o):
    import os

    import numpy as np

    assert isinstance(o, np.memmap) and o.mode == "r+", (type(o), getattr(o, "mode", None))
    assert (np.asarray(o) == np.arange(12).reshape(3, 4)).all()
    assert o.flags.f_contiguous
    o[0, 0] = 0
    o.flush()
    assert os.path.getsize("m2.bin") == 96
    import os


def make_memmap_view(tmp):
    import numpy as np

    m = np.memmap(tmp + "/m3.bin", dtype="i8", mode="w+", shape=(10,))
    m[:] = range(10)
    o = (m[2:5], m.reshape(2, 5)[:, 1:3], m[::-2])
    return o


def check_memmap_view(o):
    import numpy as np

    a, b, c = o
    assert (
        a.tolist() == [2, 3, 4] and b.tolist() == [[1, 2], [6, 7]] and c.tolist() == [9, 7, 5, 3, 1]
    ), o


def make_memmap_c(tmp):
    import numpy as np

    m = np.memmap(tmp + "/m4.bin", dtype="i8", mode="w+", shape=(4,))
    m[:] = 7
    m.flush()
    o = np.memmap(tmp + "/m4.bin", dtype="i8", mode="c", shape=(4,))
    o[1] = 99
    return o


def check_memmap_c(o):
    assert o.tolist() == [7, 99, 7, 7], o


def make_load_mmap(tmp):
    import numpy as np

    np.save(tmp + "/l.npy", np.arange(6).reshape(2, 3))
    o = np.load(tmp + "/l.npy", mmap_mode="r")
    return o


def check_load_mmap(o):
    import os

    import numpy as np

    assert isinstance(o, np.memmap) and o.tolist() == [[0, 1, 2], [3, 4, 5]] and o.mode == "r"


def make_generator(tmp):
    import numpy as np

    g = np.random.default_rng(5)
    g.random(3)
    o = (
        g,
        np.random.RandomState(3),
        np.random.SeedSequence(4),
        np.random.Generator(np.random.MT19937(1)),
    )
    return o


def check_generator(o):
    import numpy as np

    g = np.random.default_rng(5)
    g.random(3)
    assert (o[0].random(4) == g.random(4)).all()
    assert o[1].rand() == np.random.RandomState(3).rand()
    assert o[2].entropy == 4
    assert o[3].random() == np.random.Generator(np.random.MT19937(1)).random()


def make_generator_lock(tmp):
    import numpy as np

    g = np.random.default_rng(5)
    o = g.bit_generator.lock
    return o


def check_generator_lock(o):
    with o:
        pass


def make_ufunc(tmp):
    import numpy as np

    o = (np.add, np.sin, np.frompyfunc(lambda a, b: a + b * 2, 2, 1), np.add.reduce)
    return o


def check_ufunc(o):
    import numpy as np

    assert o[0] is np.add and o[1] is np.sin
    assert o[2](1, 2) == 5 and o[2].nin == 2 and o[2].nout == 1, o[2]
    assert list(o[2]([1, 2], [3, 4])) == [7, 10]
    assert o[3]([1, 2]) == 3


def make_frompyfunc_identity(tmp):
    import numpy as np

    o = np.frompyfunc(lambda a, b: a * b, 2, 1, identity=1)
    return o


def check_frompyfunc_identity(o):
    assert o.identity == 1 and o.reduce([2, 3, 4]) == 24


def make_vectorize(tmp):
    import numpy as np

    k = 3
    o = (
        np.vectorize(lambda a: a * k, otypes=[float], doc="hi"),
        np.vectorize(lambda a, b: a + b, excluded={1}, signature=None),
        np.vectorize(lambda v: v.sum(), signature="(n)->()"),
    )
    return o


def check_vectorize(o):
    assert o[0]([1, 2]).tolist() == [3.0, 6.0] and o[0].__doc__ == "hi"
    assert o[1]([1, 2], 5).tolist() == [6, 7]
    assert o[2]([[1, 2], [3, 4]]).tolist() == [3, 7]


def refuse_nditer(tmp):
    import numpy as np

    o = np.nditer([np.arange(3)])
    return o, "nditer"


def make_flatiter(tmp):
    import numpy as np

    o = np.arange(3).flat
    return o


def check_flatiter(o):
    assert list(o) == [0, 1, 2]


def make_poly1d_ma_rec_matrix_char(tmp):
    import numpy as np

    o = (
        np.poly1d([1, 2]),
        np.ma.array([1, 2], mask=[0, 1]),
        np.rec.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
        np.matrix([[1]]),
        np.polynomial.Polynomial([1, 2]),
        np.datetime64("2020-01-01"),
        np.dtype([("a", "i4")]),
        np.errstate(all="ignore"),
        np.s_[1:2],
        np.ndindex(2, 2),
        np.broadcast([1, 2], [[1], [2]]),
        np.finfo(float),
        np.iinfo(int),
    )
    return o


def check_poly1d_ma_rec_matrix_char(o):
    import numpy as np

    assert o[0](2) == 4 and o[1].sum() == 1 and o[2].a[0] == 1 and o[4](1) == 3
    assert (
        list(o[9]) == [(0, 0), (0, 1), (1, 0), (1, 1)]
        and list(o[10]) == [(1, 1), (2, 1), (1, 2), (2, 2)]
        and o[11].eps == np.finfo(float).eps
        and o[12].max == np.iinfo(int).max
    )
    with o[7]:
        np.array([1.0]) / 0


def make_npz(tmp):
    import numpy as np

    np.savez(tmp + "/a.npz", one=[1, 2])
    o = np.load(tmp + "/a.npz")
    return o


def check_npz(o):
    assert o["one"].tolist() == [1, 2] and o.files == ["one"]
