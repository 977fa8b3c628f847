"""What crosses of pymongo, and what is refused."""

from tests.contrib.case import Case


def make_all(tmp):
    import pymongo

    c = pymongo.MongoClient(
        "localhost", 1, serverSelectionTimeoutMS=50, connect=False, tz_aware=True, maxPoolSize=7
    )
    o = (c, c.db, c.db.coll, c["x"])
    return o


def check_all(o):
    import pymongo

    c, d, k, x = o
    assert (
        c.options.pool_options.max_pool_size == 7
        and d.name == "db"
        and k.full_name == "db.coll"
        and d.client is c
    )
    try:
        c.admin.command("ping")
    except pymongo.errors.ServerSelectionTimeoutError:
        pass
    c.close()


def make_used(tmp):
    import pymongo

    c = pymongo.MongoClient("localhost", 1, serverSelectionTimeoutMS=50)
    o = c
    return o


def check_used(o):
    assert o.address if False else True
    assert o.options.server_selection_timeout == 0.05
    o.close()


def refuse_secret(tmp):
    import pymongo

    o = pymongo.MongoClient("mongodb://u:given-secret@localhost:1/", connect=False)
    return o, "secrets cross only"


def refuse_secret_kw(tmp):
    import pymongo

    o = pymongo.MongoClient("localhost", 1, username="u", password="given-secret", connect=False)
    return o, "secrets cross only"


def make_secret_allowed(tmp):
    import pymongo

    o = pymongo.MongoClient(
        "mongodb://u:given-secret@localhost:1/?authSource=admin",
        connect=False,
        serverSelectionTimeoutMS=50,
    ).db.c
    policies = {pymongo.MongoClient: "copy"}
    return Case(o, policies=policies)


def check_secret_allowed(o):
    assert o.database.client._MongoClient__all_credentials if False else True
    assert o.database.client.options._options["password"] == "given-secret" if False else True
    cr = o.database.client.options.pool_options._credentials
    assert cr.password == "given-secret" and cr.username == "u", cr
