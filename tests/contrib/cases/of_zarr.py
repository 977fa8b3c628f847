"""What crosses of zarr, and what is refused."""


def make_group(tmp):
    import numpy as np
    import zarr

    g = zarr.open_group(tmp + "/z.zarr", mode="w")
    a = g.create_array("x", shape=(4,), dtype="i4")
    a[:] = [1, 2, 3, 4]
    g.attrs["u"] = 5
    o = (g, a, g.store)
    return o


def check_group(o):
    g, a, s = o
    assert a[:].tolist() == [1, 2, 3, 4] and g["x"][1] == 2 and g.attrs["u"] == 5


def make_mode_r(tmp):
    import zarr

    g = zarr.open_group(tmp + "/z2.zarr", mode="w")
    g.create_array("x", shape=(4,), dtype="i4")
    o = zarr.open_group(tmp + "/z2.zarr", mode="r")
    return o


def check_mode_r(o):
    assert o.read_only
    assert o["x"].shape == (4,)
    try:
        o.create_array("y", shape=(1,), dtype="i4")
    except Exception:
        pass
    else:
        raise SystemError


def make_memory(tmp):
    import zarr

    g = zarr.open_group(zarr.storage.MemoryStore(), mode="w")
    a = g.create_array("x", shape=(4,), dtype="i4")
    a[:] = 7
    o = a
    return o


def check_memory(o):
    assert o[:].tolist() == [7] * 4


def make_zip(tmp):
    import zarr

    st = zarr.storage.ZipStore(tmp + "/q.zip", mode="w")
    g = zarr.open_group(st, mode="w")
    a = g.create_array("x", shape=(4,), dtype="i4")
    a[:] = 7
    st.close()
    o = zarr.open_group(zarr.storage.ZipStore(tmp + "/q.zip", mode="r"), mode="r")
    return o


def check_zip(o):
    assert o["x"][:].tolist() == [7] * 4


def refuse_zip_w(tmp):
    import zarr

    st = zarr.storage.ZipStore(tmp + "/q2.zip", mode="w")
    g = zarr.open_group(st, mode="w")
    a = g.create_array("x", shape=(4,), dtype="i4")
    a[:] = 7
    st.close()
    o = zarr.storage.ZipStore(tmp + "/q2.zip", mode="w")
    return o, "write"


def make_local_in_use(tmp):
    import numcodecs
    import zarr

    o = (
        zarr.codecs.GzipCodec(),
        numcodecs.Blosc(),
        zarr.storage.LocalStore(tmp),
        zarr.config.get("array"),
    )
    return o


def check_local_in_use(o):
    assert o[1].decode(o[1].encode(b"abc")) == b"abc"
