"""What crosses of pyarrow, and what is refused."""


def make_table(tmp):
    import pyarrow as pa

    t = pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]})
    o = (
        t,
        t.schema,
        t["a"],
        t["a"].chunk(0),
        t.to_batches()[0],
        pa.scalar(5),
        pa.int64(),
        pa.py_buffer(b"abc"),
        t["b"].dictionary_encode(),
    )
    return o


def check_table(o):
    assert (
        o[0].to_pydict() == {"a": [1, 2, 3], "b": ["x", None, "z"]}
        and o[5].as_py() == 5
        and o[7].to_pybytes() == b"abc"
        and o[1].names == ["a", "b"]
        and o[3].to_pylist() == [1, 2, 3]
        and o[8].to_pylist() == ["x", None, "z"]
    )


def make_parquet_file(tmp):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": list(range(10))}), tmp + "/p.parquet", row_group_size=3)
    o = pq.ParquetFile(tmp + "/p.parquet")
    return o


def check_parquet_file(o):
    assert (
        o.num_row_groups == 4
        and o.read_row_group(1)["a"].to_pylist() == [3, 4, 5]
        and o.metadata.num_rows == 10
        and o.schema_arrow.names == ["a"]
    )
    assert [b.num_rows for b in o.iter_batches(5)] == [5, 5]


def make_parquet_settings(tmp):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": ["x", "x", "y"]}), tmp + "/p2.parquet")
    o = pq.ParquetFile(tmp + "/p2.parquet", memory_map=True, read_dictionary=["a"])
    return o


def check_parquet_settings(o):
    import pyarrow as pa

    assert pa.types.is_dictionary(o.read()["a"].type) and o.read()["a"].to_pylist() == [
        "x",
        "x",
        "y",
    ]


def make_parquet_dataset_ds_dataset_fragments_scanner(tmp):
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    pq.write_to_dataset(
        pa.table({"a": [1, 2, 3], "p": ["u", "v", "u"]}), tmp + "/ds", partition_cols=["p"]
    )
    d = ds.dataset(tmp + "/ds", partitioning="hive")
    o = (
        d,
        pq.ParquetDataset(tmp + "/ds"),
        list(d.get_fragments()),
        ds.field("a") > 1,
        d.format,
        d.schema,
        d.partitioning,
    )
    return o


def check_parquet_dataset_ds_dataset_fragments_scanner(o):
    d, pd_, fr, ex, fmt, sch, part = o
    assert sorted(d.to_table()["a"].to_pylist()) == [1, 2, 3] and d.to_table(filter=ex)[
        "a"
    ].to_pylist() in ([2, 3], [3, 2])
    assert pd_.read().num_rows == 3 and sum(f.count_rows() for f in fr) == 3


def refuse_scanner(tmp):
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    pq.write_to_dataset(
        pa.table({"a": [1, 2, 3], "p": ["u", "v", "u"]}), tmp + "/ds2", partition_cols=["p"]
    )
    o = ds.dataset(tmp + "/ds2", partitioning="hive").scanner(columns=["a"])
    return o, "middle of its work"


def make_filesystem(tmp):
    import pyarrow as pa
    import pyarrow.fs as fs

    one = fs.LocalFileSystem()
    open(tmp + "/f.txt", "w").write("hi")
    o = (
        one,
        fs.SubTreeFileSystem(tmp, one),
        fs.PyFileSystem(fs.FSSpecHandler(__import__("fsspec").filesystem("file"))),
    )
    return o


def check_filesystem(o):
    import os

    assert (
        o[1].open_input_stream("f.txt").read() == b"hi"
        and o[2].open_input_stream(os.path.abspath("f.txt")).read() == b"hi"
    )
    import os


def make_files(tmp):
    import pyarrow as pa

    open(tmp + "/x.bin", "wb").write(b"0123456789")
    a = pa.OSFile(tmp + "/x.bin")
    a.read(3)
    m = pa.memory_map(tmp + "/x.bin")
    m.read(4)
    b = pa.BufferReader(b"abcdef")
    b.read(2)
    o = (a, m, b)
    return o


def check_files(o):
    a, m, b = o
    assert a.read(2) == b"34" and m.read(2) == b"45" and b.read() == b"cdef", (a.tell(), m.tell())


def make_ipc_reader(tmp):
    import pyarrow as pa

    t = pa.table({"a": [1, 2, 3]})
    with pa.OSFile(tmp + "/i.arrow", "wb") as f, pa.ipc.new_file(f, t.schema) as w:
        w.write(t)
    o = pa.ipc.open_file(tmp + "/i.arrow")
    return o


def check_ipc_reader(o):
    assert o.read_all()["a"].to_pylist() == [1, 2, 3]


def refuse_ipc_stream(tmp):
    import pyarrow as pa

    t = pa.table({"a": [1, 2, 3]})
    s = pa.BufferOutputStream()
    with pa.ipc.new_stream(s, t.schema) as w:
        w.write(t)
    o = pa.ipc.open_stream(s.getvalue())
    return o, "middle of its work"


def refuse_writer(tmp):
    import pyarrow as pa
    import pyarrow.parquet as pq

    o = pq.ParquetWriter(tmp + "/w.parquet", pa.schema([("a", pa.int64())]))
    return o, "middle of its work"


def refuse_osfile_w(tmp):
    import pyarrow as pa

    o = pa.OSFile(tmp + "/xx.bin", "w")
    return o, "writ"
