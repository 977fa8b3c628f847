"""What crosses of requests, and what is refused."""


def make_all(tmp):
    import requests

    s = requests.Session()
    s.headers["X"] = "y"
    s.cookies.set("c", "1")
    s.params = {"q": 1}
    s.mount("http://x/", requests.adapters.HTTPAdapter(max_retries=5, pool_maxsize=3))
    s.verify = False
    s.hooks["response"].append(lambda r, *a, **k: None)
    o = (s, requests.Request("GET", "http://a").prepare())
    return o


def check_all(o):
    s, r = o
    assert (
        s.headers["X"] == "y"
        and s.cookies["c"] == "1"
        and s.params == {"q": 1}
        and s.get_adapter("http://x/").max_retries.total == 5
        and s.verify is False
        and r.url == "http://a/"
    )
    s.close()
