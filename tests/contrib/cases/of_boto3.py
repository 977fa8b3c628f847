"""What crosses of boto3, and what is refused."""

from tests.contrib.case import Case


def make_session_plain(tmp):
    import os

    os.environ.update(
        AWS_ACCESS_KEY_ID="envk", AWS_SECRET_ACCESS_KEY="envs", AWS_DEFAULT_REGION="eu-west-1"
    )
    import boto3

    s = boto3.Session(region_name="us-west-2")
    o = (s, s.client("s3"), s.resource("s3").Bucket("b"), boto3.client("sqs"), s.client("dynamodb"))
    secret = "envs"
    return Case(o, secret=secret)


def check_session_plain(o):
    assert (
        o[0].region_name == "us-west-2"
        and o[1].meta.region_name == "us-west-2"
        and o[2].name == "b"
        and o[3].meta.region_name == "eu-west-1"
    )
    assert o[0].get_credentials().secret_key == "envs"
    assert o[1]._request_signer._credentials.secret_key == "envs"


def refuse_session_given(tmp):
    import boto3

    o = boto3.Session("a", "given-secret", region_name="eu-west-1")
    return o, "secrets cross only"


def make_session_given_allowed(tmp):
    import boto3

    o = boto3.Session("a", "given-secret", aws_session_token="tok", region_name="eu-west-1")
    policies = {boto3.Session: "copy"}
    return Case(o, policies=policies)


def check_session_given_allowed(o):
    c = o.get_credentials()
    assert (
        c.secret_key == "given-secret"
        and c.token == "tok"
        and o.region_name == "eu-west-1"
        and o.client("s3").meta.region_name == "eu-west-1"
    )


def refuse_core_session(tmp):
    import botocore.session

    s = botocore.session.get_session()
    s.set_credentials("a", "given-secret")
    o = s
    return o, "secrets cross only"


def refuse_core_session_after_client(tmp):
    import boto3

    s = boto3.Session("a", "given-secret", region_name="eu-west-1")
    s.client("s3")
    o = {"s": s}
    return o, "secrets cross only"


def make_profile(tmp):
    import os

    import boto3

    open(tmp + "/awscfg", "w").write(
        "[default]\nregion=eu-west-1\n[profile p]\nregion=eu-west-3\n"
        "aws_access_key_id=x\naws_secret_access_key=in-file-secret\n"
    )
    os.environ["AWS_CONFIG_FILE"] = tmp + "/awscfg"
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = tmp + "/nonexist"
    s = boto3.Session(profile_name="p")
    s.get_credentials()
    o = (s, s.client("s3"))
    secret = "in-file-secret"
    return Case(o, secret=secret)


def check_profile(o):
    session, client = o
    assert session.profile_name == "p"
    assert session.get_credentials().secret_key == "in-file-secret"
    assert client._request_signer._credentials.secret_key == "in-file-secret"


def make_custom_endpoint_config(tmp):
    import boto3
    import botocore.config

    o = boto3.client(
        "s3",
        region_name="eu-west-1",
        endpoint_url="http://localhost:9000",
        config=botocore.config.Config(retries={"max_attempts": 9}, s3={"addressing_style": "path"}),
    )
    return o


def check_custom_endpoint_config(o):
    assert (
        o.meta.endpoint_url == "http://localhost:9000"
        and o.meta.config.s3["addressing_style"] == "path"
    )


def make_paginator_waiter_bodies(tmp):
    import boto3

    c = boto3.client("s3", region_name="eu-west-1")
    o = (c.get_paginator("list_objects_v2"), c.get_waiter("bucket_exists"), c, c.list_buckets)
    return o


def check_paginator_waiter_bodies(o):
    assert o[0]._client if False else True
    assert (
        o[3].__self__.meta.region_name == "eu-west-1"
        and o[2].exceptions.NoSuchBucket
        and o[0]._method.__name__ == "list_objects_v2"
        and o[1].name == "BucketExists"
        and o[0]._method.__self__ is o[2]
    )
