"""What crosses of h5py, and what is refused."""

from tests.contrib.case import Case


def make_r(tmp):
    import h5py

    with h5py.File(tmp + "/a.h5", "w") as f:
        f["g/d"] = [1, 2, 3]
        f["g"].attrs["x"] = 5
    f = h5py.File(tmp + "/a.h5", "r")
    o = (f, f["g"], f["g/d"])
    return o


def check_r(o):
    import h5py

    f, g, d = o
    assert (
        d[:].tolist() == [1, 2, 3]
        and f.mode == "r"
        and g.attrs["x"] == 5
        and list(f) == ["g"]
        and "d" in g
        and len(d) == 3
        and d.shape == (3,)
        and d.file == f
    )
    for x in (f,):
        x.close()


def make_dunder_first(tmp):
    import h5py

    f = h5py.File(tmp + "/a2.h5", "w")
    f["d"] = [1, 2, 3]
    f["e"] = [4]
    f.flush()
    f.close()
    f = h5py.File(tmp + "/a2.h5", "r")
    o = [f, f, f, f, f, f["d"], f["d"], f["d"]]
    o = [f]
    return o


def check_dunder_first(o):
    import pickle

    import h5py

    import anypickle

    f = o[0]
    data = anypickle.dumps(f)
    assert len(pickle.loads(data)) == 2
    assert "d" in pickle.loads(data)
    assert list(pickle.loads(data)) == ["d", "e"]
    assert pickle.loads(data)["e"][0] == 4
    with pickle.loads(data) as g:
        assert g["d"][1] == 2
    assert bool(pickle.loads(data))
    assert pickle.loads(data) == pickle.loads(data)
    hash(pickle.loads(data))
    repr(pickle.loads(data))


def make_w_continues(tmp):
    import h5py

    f = h5py.File(tmp + "/w.h5", "w")
    f["d"] = [1, 2, 3]
    o = f
    after = f.close
    return Case(o, after=after)


def check_w_continues(o):
    import h5py

    o["n" + str(len(o))] = [7]
    assert o["d"][0] == 1
    o.close()


def make_dataset_array_ops(tmp):
    import h5py
    import numpy as np

    f = h5py.File(tmp + "/o.h5", "w")
    f["d"] = [1, 2, 3]
    f.close()
    o = h5py.File(tmp + "/o.h5", "r")["d"]
    return o


def check_dataset_array_ops(o):
    import numpy as np

    assert np.asarray(o).sum() == 6


def make_dataset_len(tmp):
    import h5py
    import numpy as np

    f = h5py.File(tmp + "/o2.h5", "w")
    f["d"] = [1, 2, 3]
    f.close()
    o = h5py.File(tmp + "/o2.h5", "r")["d"]
    return o


def check_dataset_len(o):
    assert len(o) == 3


def make_dataset_iter(tmp):
    import h5py
    import numpy as np

    f = h5py.File(tmp + "/o3.h5", "w")
    f["d"] = [1, 2, 3]
    f.close()
    o = h5py.File(tmp + "/o3.h5", "r")["d"]
    return o


def check_dataset_iter(o):
    assert [int(x) for x in o] == [1, 2, 3]


def make_group_getitem_dunder(tmp):
    import h5py
    import numpy as np

    f = h5py.File(tmp + "/o4.h5", "w")
    f["g/d"] = [1, 2, 3]
    f.close()
    o = h5py.File(tmp + "/o4.h5", "r")["g"]
    return o


def check_group_getitem_dunder(o):
    assert "d" in o and o["d"][0] == 1 and repr(o)


def make_attrs_dtype_refs(tmp):
    import h5py
    import numpy as np

    f = h5py.File(tmp + "/o5.h5", "w")
    f["g/d"] = [1, 2, 3]
    f["g/d"].attrs["u"] = "kg"
    f.close()
    f = h5py.File(tmp + "/o5.h5", "r")
    o = f["g/d"].attrs
    return o


def check_attrs_dtype_refs(o):
    assert o["u"] == "kg" and dict(o) == {"u": "kg"}


def make_external_names(tmp):
    import h5py

    class DS:
        def __init__(self, p):
            self.f = h5py.File(p, "r")
            self.d = self.f["x"]

        def __len__(self):
            return len(self.d)

        def __getitem__(self, i):
            return self.d[i]

    with h5py.File(tmp + "/o6.h5", "w") as f:
        f["x"] = list(range(5))
    o = DS(tmp + "/o6.h5")
    return o


def check_external_names(o):
    assert len(o) == 5 and o[3] == 3 and o.d.file == o.f
