"""What crosses of httpx, and what is refused."""

from tests.contrib.case import Case


def make_all(tmp):
    import httpx

    c = httpx.Client(
        headers={"X": "y"},
        base_url="http://h/",
        timeout=3,
        cookies={"c": "1"},
        params={"q": "1"},
        follow_redirects=True,
        auth=("u", "p"),
    )
    o = c
    policies = {httpx.Client: "copy"}
    return Case(o, policies=policies)


def check_all(o):
    assert (
        o.headers["X"] == "y"
        and str(o.base_url) == "http://h/"
        and o.timeout.read == 3
        and o.cookies["c"] == "1"
        and o.params["q"] == "1"
        and o.follow_redirects
    )
    assert o.auth._auth_header.startswith("Basic")
    import httpx

    try:
        o.get("http://localhost:1/")
    except httpx.ConnectError:
        pass
    o.close()


def make_plain(tmp):
    import httpx

    o = (
        httpx.Client(headers={"X": "y"}),
        httpx.Timeout(4),
        httpx.Limits(max_connections=3),
        httpx.URL("http://a"),
        httpx.AsyncClient(base_url="http://b"),
        httpx.HTTPTransport(retries=2),
    )
    return o


def check_plain(o):
    assert (
        o[0].headers["X"] == "y" and o[1].read == 4 and str(o[4].base_url) == "http://b/"
    ) or str(o[4].base_url) == "http://b"
    import httpx

    try:
        o[0].get("http://localhost:1/")
    except httpx.ConnectError:
        pass


def make_used(tmp):
    import http.server
    import threading

    import httpx

    srv = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=srv.serve_forever, daemon=True).start()
    c = httpx.Client(
        event_hooks={"request": [lambda r: None]}, limits=httpx.Limits(max_connections=7)
    )
    c.get(f"http://127.0.0.1:{srv.server_port}/")
    o = c
    after = srv.shutdown
    return Case(o, after=after)


def check_used(o):
    import httpx

    assert o._transport._pool._max_connections == 7 and o._transport._pool.connections == []
    assert len(o.event_hooks["request"]) == 1


def refuse_auth(tmp):
    import httpx

    o = httpx.Client(auth=("u", "given-secret"))
    return o, "secrets cross only"
