"""Objects of other libraries cross by the recipes in `reducers/contrib`, with the real libraries."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import anypickle
from anypickle.policy import Policy
from tests.helpers.crossing import across
from tests.helpers.programs import FreshLoader

pytestmark = pytest.mark.may_leave("threads", "descriptors")


def library(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed", exc_type=ImportError)


# --- h5py -------------------------------------------------------------------------------------------------------


def test_hdf5_is_opened_again_at_its_first_use(tmp_path: Path, load_elsewhere: FreshLoader) -> None:
    h5py = library("h5py")
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        file["group/numbers"] = [1, 2, 3]
    with h5py.File(path, "r") as file:
        data = anypickle.dumps((file, file["group"], file["group/numbers"]))
    look = "file, group, numbers = value; print(file.mode, list(group), numbers[1:].tolist(), numbers.shape)"
    assert load_elsewhere(data, look) == "r ['numbers'] [2, 3] (3,)\n"
    arrived = pickle.loads(anypickle.dumps(pickle.loads(data)))
    assert [isinstance(a, k) for a, k in zip(arrived, (h5py.File, h5py.Group, h5py.Dataset), strict=True)]  # fmt: skip
    assert type(arrived[2]) is not h5py.Dataset
    assert arrived[2][0] == 1 and type(arrived[2]) is h5py.Dataset
    arrived[2].file.close()


def test_hdf5_in_memory_or_closed_is_refused(tmp_path: Path) -> None:
    h5py = library("h5py")
    file = h5py.File("in memory", "w", driver="core", backing_store=False)
    with file, pytest.raises(TypeError, match="in memory"):
        anypickle.dumps(file)
    with pytest.raises(TypeError, match="it is closed"):
        anypickle.dumps(file)


# --- lmdb -------------------------------------------------------------------------------------------------------


def test_an_lmdb_environment(tmp_path: Path, load_elsewhere: FreshLoader) -> None:
    lmdb = library("lmdb")
    environment = lmdb.open(str(tmp_path / "db"), map_size=1 << 20)
    with environment.begin(write=True) as transaction:
        transaction.put(b"k", b"v")
        with pytest.raises(TypeError, match="begin one on the other side"):
            anypickle.dumps(transaction)
    data = anypickle.dumps({"environment": environment})
    look = "print(value['environment'].begin().get(b'k'), value['environment'].info()['map_size'])"
    assert load_elsewhere(data, look) == "b'v' 1048576\n"
    assert pickle.loads(data)["environment"] is environment
    environment.close()


# --- tqdm -------------------------------------------------------------------------------------------------------


def test_bars_go_on_and_share_the_lock_of_the_other_side(load_elsewhere: FreshLoader) -> None:
    tqdm = library("tqdm")
    with tqdm.tqdm(total=10, disable=False, ncols=40) as bar:
        bar.update(4)
        data = anypickle.dumps((bar, tqdm.tqdm.get_lock()))
    look = """
        import tqdm
        bar, lock = value
        bar.update(1)
        print(bar.n, bar.total, lock is tqdm.tqdm.get_lock())
        bar.close()
    """
    assert load_elsewhere(data, look) == "5 10 True\n"


# --- clients ----------------------------------------------------------------------------------------------------

CLIENTS = {
    "openai": ("OpenAI", "OPENAI_API_KEY"),
    "anthropic": ("Anthropic", "ANTHROPIC_API_KEY"),
}


@pytest.mark.parametrize("module", CLIENTS)
def test_a_key_crosses_only_where_it_is_allowed(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, variable = CLIENTS[module]
    cls = getattr(library(module), name)
    client = cls(api_key="sk-given", base_url="http://localhost:1/v1", max_retries=7, timeout=3)
    with pytest.raises(TypeError, match="secrets cross only where they are allowed") as caught:
        anypickle.dumps(client)
    assert variable in "".join(caught.value.__notes__)
    arrived = across(client, policies={cls: Policy.COPY})
    assert (arrived.api_key, arrived.max_retries, arrived.timeout) == ("sk-given", 7, 3)
    assert str(arrived.base_url) == str(client.base_url)
    monkeypatch.setenv(variable, "sk-environment")
    data = anypickle.dumps(cls(max_retries=5))
    assert b"sk-environment" not in data
    monkeypatch.setenv(variable, "sk-over-there")
    assert pickle.loads(data).api_key == "sk-over-there"


def test_aws_clients_and_resources() -> None:
    boto3 = library("boto3")
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "given-secret"}
    client = boto3.client("s3", region_name="eu-west-1", **keys)
    with pytest.raises(TypeError, match="the keys that it was given"):
        anypickle.dumps(client)
    base = type(client).__mro__[1]
    arrived = across(client, policies={base: Policy.COPY})
    assert arrived.meta.region_name == "eu-west-1"
    assert arrived._request_signer._credentials.secret_key == "given-secret"
    bucket = boto3.resource("s3", region_name="eu-west-1", **keys).Bucket("b")
    again = across(bucket, policies={base: Policy.COPY})
    assert again.name == "b" and again.meta.client.meta.region_name == "eu-west-1"


def test_redis_pools_cross_unconnected_and_passwords_only_where_allowed() -> None:
    redis = library("redis")
    arrived = across(redis.Redis("localhost", 1, db=3))
    assert arrived.connection_pool.connection_kwargs["db"] == 3
    with pytest.raises(redis.exceptions.ConnectionError):
        arrived.ping()
    secret = redis.Redis("localhost", 1, password="p")
    with pytest.raises(TypeError, match="a password"):
        anypickle.dumps(secret)
    allowed = across(secret, policies={redis.ConnectionPool: Policy.COPY})
    assert allowed.connection_pool.connection_kwargs["password"] == "p"


def test_sqlalchemy_engines(tmp_path: Path, load_elsewhere: FreshLoader) -> None:
    sqlalchemy = library("sqlalchemy")
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/data.db")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE t (a)"))
        connection.execute(sqlalchemy.text("INSERT INTO t VALUES (5)"))
        with pytest.raises(TypeError, match="connect on the other side"):
            anypickle.dumps(connection)
    look = """
        import sqlalchemy
        with value.connect() as connection:
            print(connection.execute(sqlalchemy.text("SELECT a FROM t")).scalar())
    """
    assert load_elsewhere(anypickle.dumps(engine), look) == "5\n"
    engine.dispose()
    with pytest.raises(TypeError, match="in the memory of this process"):
        anypickle.dumps(sqlalchemy.create_engine("sqlite://"))


# --- templates, arrays ------------------------------------------------------------------------------------------


def test_templates_are_loaded_again() -> None:
    jinja2 = library("jinja2")
    environment = jinja2.Environment(loader=jinja2.DictLoader({"a": "hi {{ x }}{{ g }}"}))
    template = environment.get_template("a", globals={"g": "!"})
    arrived, its_environment = across((template, environment))
    assert arrived.render(x="you") == "hi you!" and arrived.environment is its_environment
    assert across(environment).get_template("a").render(x=1) == "hi 1"
    with pytest.raises(TypeError, match="made from a string"):
        anypickle.dumps(jinja2.Template("hi"))


def test_archives_of_arrays(tmp_path: Path) -> None:
    numpy = library("numpy")
    numpy.savez(tmp_path / "a.npz", one=[1, 2])
    with numpy.load(tmp_path / "a.npz") as archive, across(archive) as arrived:
        assert arrived["one"].tolist() == [1, 2]
