"""What crosses of google, and what is refused."""

from tests.contrib.case import Case


def make_anonymous(tmp):
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    c = storage.Client(project="p", credentials=AnonymousCredentials())
    o = (c, c.bucket("b"), c.bucket("b").blob("k"))
    return o


def check_anonymous(o):
    c, b, k = o
    assert (
        c.project == "p"
        and b.name == "b"
        and k.name == "k"
        and k.bucket.client.project == "p"
        and b.client is c
    )


def refuse_service_account(tmp):
    from cryptography.hazmat.primitives import serialization as S
    from cryptography.hazmat.primitives.asymmetric import rsa
    from google.cloud import storage
    from google.oauth2 import service_account

    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(S.Encoding.PEM, S.PrivateFormat.PKCS8, S.NoEncryption())
        .decode()
    )
    cr = service_account.Credentials.from_service_account_info(
        {"client_email": "a@b", "token_uri": "http://x", "private_key": key, "project_id": "p"}
    )
    o = storage.Client(project="p", credentials=cr)
    return o, "secrets cross only"


def make_service_account_from_the_environment(tmp):
    import json
    import os

    from cryptography.hazmat.primitives import serialization as S
    from cryptography.hazmat.primitives.asymmetric import rsa
    from google.cloud import storage

    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(S.Encoding.PEM, S.PrivateFormat.PKCS8, S.NoEncryption())
        .decode()
    )
    json.dump(
        {
            "type": "service_account",
            "client_email": "a@b",
            "token_uri": "http://x",
            "private_key": key,
            "project_id": "p",
            "private_key_id": "i",
        },
        open(tmp + "/sa.json", "w"),
    )
    os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = tmp + "/sa.json"
    o = storage.Client()
    secret = "PRIVATE"
    return Case(o, secret=secret)


def check_service_account_from_the_environment(o):
    assert o.project == "p" and o._credentials.service_account_email == "a@b"
