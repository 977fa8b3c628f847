"""What crosses of aiohttp, and what is refused."""


def make_all(tmp):
    import asyncio

    import aiohttp

    async def main():
        return aiohttp.ClientSession(
            headers={"X": "y"},
            timeout=aiohttp.ClientTimeout(total=5),
            base_url="http://localhost:1/",
            connector=aiohttp.TCPConnector(limit=7, ttl_dns_cache=9),
            cookies={"a": "1"},
            json_serialize=len,
        )

    s = asyncio.run(main())
    o = (s, aiohttp.ClientTimeout(3))
    return o


def check_all(o):
    import asyncio

    import aiohttp

    assert o[1].total == 3

    async def main():
        s = o[0]
        assert s.headers["X"] == "y" and s.timeout.total == 5 and s.connector.limit == 7
        try:
            async with s.get("/x"):
                pass
        except aiohttp.ClientConnectorError:
            pass
        else:
            raise SystemError
        assert [c.value for c in s.cookie_jar] == ["1"]
        await s.close()

    asyncio.run(main())


def refuse_auth(tmp):
    import asyncio

    import aiohttp

    async def main():
        return aiohttp.ClientSession(auth=aiohttp.BasicAuth("u", "given-secret"))

    o = asyncio.run(main())
    return o, "secrets cross only"
