"""What crosses of lmdb, and what is refused."""

from tests.contrib.case import Case


def make_all(tmp):
    import lmdb

    e = lmdb.open(tmp + "/db", map_size=1 << 20, max_dbs=3)
    sub = e.open_db(b"sub")
    with e.begin(write=True) as t:
        t.put(b"k", b"v")
        t.put(b"a", b"b", db=sub)
    o = e
    after = e.close
    return Case(o, after=after)


def check_all(o):
    with o.begin() as t:
        assert t.get(b"k") == b"v"
    import lmdb

    s = o.open_db(b"sub", create=False)
    with o.begin(db=s) as t:
        assert t.get(b"a") == b"b"


def make_readonly_lock_false(tmp):
    import lmdb

    e = lmdb.open(tmp + "/db2", map_size=1 << 20)
    with e.begin(write=True) as t:
        t.put(b"k", b"v")
    e.close()
    o = {"env": lmdb.open(tmp + "/db2", readonly=True, lock=False, readahead=False, meminit=False)}
    return o


def check_readonly_lock_false(o):
    with o["env"].begin(write=False) as t:
        assert t.get(b"k") == b"v"
    assert o["env"].flags()["readonly"] and not o["env"].flags()["lock"]


def make_opens_at_first_use(tmp):
    import shutil

    import lmdb

    e = lmdb.open(tmp + "/db3", map_size=1 << 20)
    o = e

    def after():
        e.close()
        shutil.rmtree(tmp + "/db3")

    return Case(o, after=after)


def check_opens_at_first_use(o):
    import os

    import lmdb

    try:
        o.begin()
        raise SystemError
    except lmdb.Error:
        pass
    assert not os.path.exists("db3")
    import os


def make_single_file(tmp):
    import lmdb

    e = lmdb.open(tmp + "/one.mdb", subdir=False, map_size=1 << 20)
    with e.begin(write=True) as t:
        t.put(b"k", b"v")
    o = e
    after = e.close
    return Case(o, after=after)


def check_single_file(o):
    assert o.begin().get(b"k") == b"v" and o.stat()["entries"] == 1


def refuse_named_db_handle(tmp):
    import lmdb

    e = lmdb.open(tmp + "/db5", map_size=1 << 20, max_dbs=2)
    d = e.open_db(b"sub")
    with e.begin(write=True, db=d) as t:
        t.put(b"k", b"v")
    o = d
    return o, "open_db"
