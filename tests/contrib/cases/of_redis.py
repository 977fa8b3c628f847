"""What crosses of redis, and what is refused."""


def make_all(tmp):
    import redis

    client = redis.Redis(host="localhost", port=1, db=3, decode_responses=True)
    return (
        client,
        redis.asyncio.Redis(host="localhost", port=1),
        redis.ConnectionPool(max_connections=4),
        redis.BlockingConnectionPool(max_connections=4, timeout=2),
        client.pipeline(),
        client.lock("x"),
        redis.Redis.from_url("redis://localhost:1/2"),
        client.pubsub(),
    )


def check_all(o):
    import redis

    assert o[0].connection_pool.connection_kwargs["db"] == 3 and o[2].max_connections == 4
    for client in (o[0], o[6]):
        try:
            client.ping()
        except redis.ConnectionError:
            pass
        else:
            raise SystemError
    assert o[6].connection_pool.connection_kwargs["db"] == 2
    assert o[3].timeout == 2


def refuse_url_secret(tmp):
    import redis

    return redis.Redis.from_url("redis://:given-secret@localhost:1/2"), "secrets cross only"


def refuse_static_provider(tmp):
    import redis

    provider = redis.UsernamePasswordCredentialProvider("me", "given-secret")
    return redis.Redis(port=1, credential_provider=provider), "secrets cross only"
