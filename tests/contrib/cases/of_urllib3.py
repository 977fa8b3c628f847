"""What crosses of urllib3, and what is refused."""


def make_all(tmp):
    import urllib3

    o = (
        urllib3.PoolManager(num_pools=3, headers={"a": "b"}, retries=5),
        urllib3.HTTPConnectionPool("localhost", 1, maxsize=2),
        urllib3.Retry(3),
        urllib3.HTTPSConnectionPool("localhost", 1),
    )
    return o


def check_all(o):
    import urllib3

    assert (
        o[0].headers["a"] == "b"
        and o[0].connection_pool_kw["retries"].total == 5
        and o[1].port == 1
        and o[2].total == 3
    )
    try:
        o[1].request("GET", "/", retries=False)
    except urllib3.exceptions.NewConnectionError:
        pass
    p = o[0].connection_from_url("http://localhost:1/")
    assert o[0].connection_from_url("http://localhost:1/") is p
