"""What crosses of pandas, and what is refused."""

from tests.contrib.case import Case


def make_frames(tmp):
    import numpy as np
    import pandas as pd

    df = pd.DataFrame({"a": [1, 2, 3], "b": list("xyz")}).set_index("b")
    o = (
        df,
        df.groupby("b"),
        df.rolling(2),
        df.a.str if False else None,
        pd.date_range("2020", periods=3),
        pd.Series(["a", "b"]).str,
        df.loc,
        df.iloc,
        df.at,
        df.a.expanding(),
        df.resample if False else None,
    )
    return o


def check_frames(o):
    assert o[0].a.tolist() == [1, 2, 3] and o[1].a.sum().tolist() == [1, 2, 3]
    assert o[2].sum().a.tolist()[1:] == [3, 5]
    assert (
        o[5].upper().tolist() == ["A", "B"]
        and o[6]["y", "a"] == 2
        and o[7][0, 0] == 1
        and o[8]["z", "a"] == 3
    )


def make_lambda(tmp):
    import pandas as pd

    df = pd.DataFrame({"a": [1, 2]})
    o = df.assign(f=[lambda: 1, lambda: 2])
    return o


def check_lambda(o):
    assert [f() for f in o.f] == [1, 2]


def make_textfilereader(tmp):
    import pandas as pd

    open(tmp + "/t.csv", "w").write("a,b\n" + "".join(f"{i},{i * 2}\n" for i in range(10)))
    o = pd.read_csv(tmp + "/t.csv", chunksize=3, dtype={"a": "int32"})
    next(o)
    return o


def check_textfilereader(o):
    c = list(o)
    assert (
        c[0].a.tolist() == [3, 4, 5]
        and c[0].index.tolist() == [3, 4, 5]
        and str(c[0].a.dtype) == "int32"
        and len(c) == 3
    ), c


def make_textfilereader_iterator(tmp):
    import pandas as pd

    open(tmp + "/t2.csv", "w").write("a;b\n" + "".join(f"{i};{i * 2}\n" for i in range(10)))
    o = pd.read_csv(tmp + "/t2.csv", iterator=True, sep=";", index_col="a", skiprows=[2])
    return o


def check_textfilereader_iterator(o):
    assert o.get_chunk(2).b.tolist() == [0, 4]
    assert o.read().b.tolist() == [6, 8, 10, 12, 14, 16, 18]


def make_textfilereader_python_engine(tmp):
    import pandas as pd

    open(tmp + "/t3.csv", "w").write("a  b\n" + "".join(f"{i}  {i * 2}\n" for i in range(10)))
    o = pd.read_csv(tmp + "/t3.csv", iterator=True, sep=r"\s+", engine="python")
    o.get_chunk(2)
    return o


def check_textfilereader_python_engine(o):
    assert o.get_chunk(2).b.tolist() == [4, 6]


def refuse_textfilereader_of_stringio(tmp):
    import io

    import pandas as pd

    o = pd.read_csv(io.StringIO("a,b\n1,2\n3,4\n5,6\n"), iterator=True)
    o.get_chunk(1)
    return o, "the program opened"


def make_excelfile(tmp):
    import pandas as pd

    pd.DataFrame({"a": [1, 2]}).to_excel(tmp + "/e.xlsx", sheet_name="S", index=False)
    o = pd.ExcelFile(tmp + "/e.xlsx")
    return o


def check_excelfile(o):
    assert o.sheet_names == ["S"] and o.parse("S").a.tolist() == [1, 2]


def make_hdfstore(tmp):
    import pandas as pd

    o = pd.HDFStore(tmp + "/h.h5", mode="w")
    o["x"] = pd.Series([1, 2, 3])
    o.put("t", pd.DataFrame({"a": [1, 2, 3]}), format="table")
    o.close()
    o = pd.HDFStore(tmp + "/h.h5", mode="r")
    return o


def check_hdfstore(o):
    assert o["x"].tolist() == [1, 2, 3] and sorted(o.keys()) == ["/t", "/x"] and o._mode == "r"


def make_hdfstore_w(tmp):
    import pandas as pd

    o = pd.HDFStore(tmp + "/h2.h5", mode="w", complevel=3)
    o["x"] = pd.Series([1, 2, 3])
    after = o.close
    return Case(o, after=after)


def check_hdfstore_w(o):
    assert o["x"].tolist() == [1, 2, 3]
    o["y"] = o["x"]
    o.close()


def make_json_reader(tmp):
    import pandas as pd

    open(tmp + "/j.json", "w").write('{"a":1}\n{"a":2}\n{"a":3}\n')
    o = pd.read_json(tmp + "/j.json", lines=True, chunksize=1)
    next(o)
    return o


def check_json_reader(o):
    assert [c.a.tolist() for c in o] == [[2], [3]]


def refuse_writer(tmp):
    import pandas as pd

    o = pd.ExcelWriter(tmp + "/w.xlsx")
    return o, "still in it"


def make_groupby_with_lambda_flags(tmp):
    import pandas as pd

    df = pd.DataFrame(
        {"a": [1, 2, 3], "d": pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-08"])}
    )
    df.attrs["x"] = lambda: 5
    o = (df, df.set_index("d").resample("W"), df.groupby(lambda i: i % 2))
    return o


def check_groupby_with_lambda_flags(o):
    assert (
        o[0].attrs["x"]() == 5
        and o[1].a.sum().tolist() == [3, 3]
        and o[2].a.sum().tolist() == [4, 2]
    )
